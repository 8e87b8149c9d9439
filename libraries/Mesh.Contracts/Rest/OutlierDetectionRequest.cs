namespace Mesh.Contracts.Rest;

/// <summary>
/// Body of <c>POST /api/resilience/outlier-detection</c>. All but the service may be left out; where nothing says what to look at, it is
/// five answers of 5xx in a row. Durations are a number and <c>ms</c>, <c>s</c>, <c>m</c> or <c>h</c>.
/// </summary>
public sealed record OutlierDetectionRequest
{
    /// <summary>The service; it need not exist yet.</summary>
    public required string Service { get; init; }

    /// <summary><c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>Answers of 5xx in a row; not looked at if unset.</summary>
    public int? Consecutive5xx { get; init; }

    /// <summary>Gateway errors (502, 503, 504, no connection) in a row; not looked at if unset.</summary>
    public int? ConsecutiveGatewayErrors { get; init; }

    /// <summary>Between two looks at rates and at who may come back; <c>10s</c> if unset.</summary>
    public string? Interval { get; init; }

    /// <summary>How long the first ejection lasts, and the n-th n times; <c>30s</c> if unset.</summary>
    public string? BaseEjectionTime { get; init; }

    /// <summary>How long an ejection lasts at most; <c>5m</c> if unset, or the base time where that is longer.</summary>
    public string? MaxEjectionTime { get; init; }

    /// <summary>Share of the instances that may be out at a time; 10 if unset.</summary>
    public int? MaxEjectedPercent { get; init; }

    /// <summary>Compares success rates of instances with each other; not done if unset, <c>{}</c> for the defaults.</summary>
    public SuccessRateRequest? SuccessRate { get; init; }

    /// <summary>Looks at each instance's share of failures; not done if unset, <c>{}</c> for the defaults.</summary>
    public FailurePercentageRequest? FailurePercentage { get; init; }
}

/// <summary>An instance whose success rate lies far below the mean of all is taken out.</summary>
public sealed record SuccessRateRequest
{
    /// <summary>Instances with enough requests that it takes to compare; 5 if unset.</summary>
    public int? MinimumHosts { get; init; }

    /// <summary>Requests of an instance in an interval that are enough; 100 if unset.</summary>
    public int? RequestVolume { get; init; }

    /// <summary>Thousandths of a standard deviation below the mean; 1900 if unset.</summary>
    public int? StdevFactor { get; init; }
}

/// <summary>An instance that fails more than a share of its requests is taken out.</summary>
public sealed record FailurePercentageRequest
{
    /// <summary>Per cent of failures; 85 if unset.</summary>
    public int? Threshold { get; init; }

    /// <summary>Instances with enough requests that it takes to judge; 5 if unset.</summary>
    public int? MinimumHosts { get; init; }

    /// <summary>Requests of an instance in an interval that are enough; 50 if unset.</summary>
    public int? RequestVolume { get; init; }
}
