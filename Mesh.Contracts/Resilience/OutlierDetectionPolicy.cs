namespace Mesh.Contracts.Resilience;

/// <summary>Takes instances out of rotation for a while whose answers show that something is wrong with them. Each data plane judges for itself.</summary>
public sealed record OutlierDetectionPolicy : IResiliencePolicy
{
    /// <inheritdoc/>
    PolicyKind IResiliencePolicy.Kind => PolicyKind.OutlierDetection;

    /// <summary>Answers of 5xx in a row, 1 to 1,000; null for not looking at them.</summary>
    public int? Consecutive5xx { get; init; }

    /// <summary>Gateway errors (502, 503, 504, no connection) in a row, 1 to 1,000; null for not looking at them.</summary>
    public int? ConsecutiveGatewayErrors { get; init; }

    /// <summary>Milliseconds between two looks at rates and at who may come back, 100 to 3,600,000; default 10,000.</summary>
    public int IntervalMs { get; init; } = 10_000;

    /// <summary>Milliseconds that the first ejection lasts; the n-th lasts n times that. 100 to 86,400,000; default 30,000.</summary>
    public int BaseEjectionTimeMs { get; init; } = 30_000;

    /// <summary>Milliseconds that an ejection lasts at most, from the base time to 86,400,000; default 300,000.</summary>
    public int MaxEjectionTimeMs { get; init; } = 300_000;

    /// <summary>Share of the instances that may be out at a time, 1 to 100; default 10. One instance may be out in any case.</summary>
    public int MaxEjectedPercent { get; init; } = 10;

    /// <summary>Compares success rates of instances with each other; null for not doing so.</summary>
    public SuccessRateDetection? SuccessRate { get; init; }

    /// <summary>Looks at each instance's share of failures; null for not doing so.</summary>
    public FailurePercentageDetection? FailurePercentage { get; init; }
}

/// <summary>An instance whose success rate lies far below the mean of all is taken out.</summary>
public sealed record SuccessRateDetection
{
    /// <summary>Instances with enough requests that it takes to compare, 1 to 5,000; default 5.</summary>
    public int MinimumHosts { get; init; } = 5;

    /// <summary>Requests of an instance in an interval that are enough, 1 to 1,000,000; default 100.</summary>
    public int RequestVolume { get; init; } = 100;

    /// <summary>Thousandths of a standard deviation below the mean, 1 to 100,000; default 1,900.</summary>
    public int StdevFactor { get; init; } = 1_900;
}

/// <summary>An instance that fails more than a share of its requests is taken out.</summary>
public sealed record FailurePercentageDetection
{
    /// <summary>Per cent of failures, 1 to 100; default 85.</summary>
    public int Threshold { get; init; } = 85;

    /// <summary>Instances with enough requests that it takes to judge, 1 to 5,000; default 5.</summary>
    public int MinimumHosts { get; init; } = 5;

    /// <summary>Requests of an instance in an interval that are enough, 1 to 1,000,000; default 50.</summary>
    public int RequestVolume { get; init; } = 50;
}
