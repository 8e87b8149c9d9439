namespace Mesh.DataPlane.Resilience;

/// <summary>
/// When an endpoint is ejected for its answers, and for how long: <c>envoy.config.cluster.v3.OutlierDetection</c>, with Envoy's defaults.
/// </summary>
public sealed record OutlierConfig
{
    /// <summary>How often shares are looked at. <value>10 s</value></summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a first ejection lasts; a second twice as long, and so on. <value>30 s</value></summary>
    public TimeSpan BaseEjection { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an ejection lasts at most, but never less than the first. <value>300 s</value></summary>
    public TimeSpan MaxEjection { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>From this share of ejected endpoints on, no further one is; in percent. <value>10</value></summary>
    public int MaxShare { get; init; } = 10;

    /// <summary>So many failures of any kind in a row. <value>5, always enforced</value></summary>
    public OutlierRule Consecutive5xx { get; init; } = new(5, 100);

    /// <summary>So many 502, 503, 504, broken or missing connections in a row. <value>5, not enforced</value></summary>
    public OutlierRule ConsecutiveGateway { get; init; } = new(5, 0);

    /// <summary>
    /// A success rate below the mean less so many thousandths of the standard deviation. <value>1,900, always enforced</value>
    /// </summary>
    public OutlierRule SuccessRate { get; init; } = new(1900, 100) { Hosts = 5, Volume = 100 };

    /// <summary>So many failures of a hundred. <value>85, not enforced</value></summary>
    public OutlierRule FailureShare { get; init; } = new(85, 0) { Hosts = 5, Volume = 50 };
}

/// <summary>One reason to eject.</summary>
/// <param name="Limit">What has to be reached.</param>
/// <param name="Enforced">In how many of a hundred cases it is acted upon.</param>
public sealed record OutlierRule(int Limit, int Enforced)
{
    /// <summary>How many endpoints must have had enough requests to be compared.</summary>
    public int Hosts { get; init; }

    /// <summary>How many requests of an interval are enough.</summary>
    public int Volume { get; init; }
}
