namespace Mesh.Contracts.Resilience;

/// <summary>
/// Takes instances out of rotation for a while whose answers show that something is wrong with them. Each data plane judges for itself.
/// </summary>
/// <param name="Consecutive5xx">Answers of 5xx in a row, 1 to 1,000; null for not looking at them.</param>
/// <param name="ConsecutiveGatewayErrors">
/// Gateway errors (502, 503, 504, no connection) in a row, 1 to 1,000; null for not looking at them.
/// </param>
/// <param name="IntervalMs">Milliseconds between two looks at rates and at who may come back, 100 to 3,600,000; default 10,000.</param>
/// <param name="BaseEjectionTimeMs">
/// Milliseconds that the first ejection lasts; the n-th lasts n times that. 100 to 86,400,000; default 30,000.
/// </param>
/// <param name="MaxEjectionTimeMs">Milliseconds that an ejection lasts at most, from the base time to 86,400,000; default 300,000.</param>
/// <param name="MaxEjectedPercent">
/// Share of the instances that may be out at a time, 1 to 100; default 10. One instance may be out in any case.
/// </param>
/// <param name="SuccessRate">Compares success rates of instances with each other; null for not doing so.</param>
/// <param name="FailurePercentage">Looks at each instance's share of failures; null for not doing so.</param>
public sealed record OutlierDetectionPolicy(
    int? Consecutive5xx = null, int? ConsecutiveGatewayErrors = null, int IntervalMs = 10_000, int BaseEjectionTimeMs = 30_000,
    int MaxEjectionTimeMs = 300_000,
    int MaxEjectedPercent = 10, SuccessRateDetection? SuccessRate = null, FailurePercentageDetection? FailurePercentage = null)
        : IResiliencePolicy
{
    PolicyKind IResiliencePolicy.Kind => PolicyKind.OutlierDetection;
}

/// <summary>An instance whose success rate lies far below the mean of all is taken out.</summary>
/// <param name="MinimumHosts">Instances with enough requests that it takes to compare, 1 to 5,000; default 5.</param>
/// <param name="RequestVolume">Requests of an instance in an interval that are enough, 1 to 1,000,000; default 100.</param>
/// <param name="StdevFactor">Thousandths of a standard deviation below the mean, 1 to 100,000; default 1,900.</param>
public sealed record SuccessRateDetection(int MinimumHosts = 5, int RequestVolume = 100, int StdevFactor = 1_900);

/// <summary>An instance that fails more than a share of its requests is taken out.</summary>
/// <param name="Threshold">Per cent of failures, 1 to 100; default 85.</param>
/// <param name="MinimumHosts">Instances with enough requests that it takes to judge, 1 to 5,000; default 5.</param>
/// <param name="RequestVolume">Requests of an instance in an interval that are enough, 1 to 1,000,000; default 50.</param>
public sealed record FailurePercentageDetection(int Threshold = 85, int MinimumHosts = 5, int RequestVolume = 50);
