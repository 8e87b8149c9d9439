namespace Mesh.DataPlane.Resilience;

/// <summary>
/// How much may be in progress at a cluster at once, from this data plane: <c>envoy.config.cluster.v3.CircuitBreakers.Thresholds</c>. What
/// is unset is not limited.
/// </summary>
public sealed record CircuitBreakerConfig
{
    /// <summary>Connections in use over HTTP/1.1, where one carries one request. Further requests wait.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>How many may wait for a connection. <value>1,024</value></summary>
    public int MaxPending { get; init; } = 1024;

    /// <summary>Requests under way.</summary>
    public int? MaxRequests { get; init; }

    /// <summary>Requests being sent again.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>How many may be sent again in proportion to all.</summary>
    public RetryBudgetConfig Budget { get; init; } = RetryBudgetConfig.Default;

    /// <summary>Whether requests have to be counted.</summary>
    public bool LimitsRequests => MaxConnections is not null || MaxRequests is not null;
}

/// <summary>How many requests may be sent again.</summary>
/// <param name="Percent">So many of a hundred of the last ten seconds.</param>
/// <param name="PerSecond">So many in each second in any case.</param>
public sealed record RetryBudgetConfig(double Percent, int PerSecond)
{
    /// <summary>20 %, and 3 a second in any case.</summary>
    public static RetryBudgetConfig Default { get; } = new(20, 3);
}
