using Google.Protobuf.WellKnownTypes;
using Mesh.Contracts.Resilience;
using Mesh.Resilience.State;
using Mesh.Xds.Resources;
using Proto = Mesh.Xds.Protos;

namespace Mesh.Resilience.Xds;

/// <summary>
/// Outlier detection and the circuit breaker's threshold on a cluster: where both say how many failures in a row, the lower number counts.
/// What is not asked for is switched off by name, since clients have defaults of their own.
/// </summary>
internal static class OutlierCompiler
{
    private const uint Always = 100, Never = 0;

    // gRPC's client does not count failures in a row. An instance that only fails is found by its share of failures.
    private const uint OnlyFailures = 85, OthersToGoTo = 2;

    public static void Apply(Proto.Cluster cluster, XdsFlavour flavour, ServicePolicies policies)
    {
        var (breaker, outliers) = (policies.Get<CircuitBreakerPolicy>(), policies.Get<OutlierDetectionPolicy>());
        if (breaker is null && outliers is null) return;
        var policy = outliers ?? new OutlierDetectionPolicy();
        var detection = new Proto.OutlierDetection
        {
            Interval = Milliseconds(policy.IntervalMs),
            BaseEjectionTime = Milliseconds(policy.BaseEjectionTimeMs),
            MaxEjectionTime = Milliseconds(policy.MaxEjectionTimeMs),
            MaxEjectionPercent = (uint)policy.MaxEjectedPercent,
            EnforcingSuccessRate = policy.SuccessRate is null ? Never : Always,
        };
        // Since 1.31 Envoy keeps to the share to the letter: 10 % of five would be nobody.
        if (flavour == XdsFlavour.Envoy) detection.AlwaysEjectOneHost = true;
        if (policy.SuccessRate is { } rate)
        {
            detection.SuccessRateMinimumHosts = (uint)rate.MinimumHosts;
            detection.SuccessRateRequestVolume = (uint)rate.RequestVolume;
            detection.SuccessRateStdevFactor = (uint)rate.StdevFactor;
        }

        if (policy.FailurePercentage is { } share)
            Share(detection, (uint)share.Threshold, (uint)share.MinimumHosts, (uint)share.RequestVolume);
        var errors = Lower(breaker?.Threshold, policy.Consecutive5xx);
        var gateway = Lower(breaker?.Threshold, policy.ConsecutiveGatewayErrors);
        if (flavour != XdsFlavour.Grpc) InARow(detection, errors, gateway);
        else if (policy.FailurePercentage is null && Lower(errors, gateway) is { } volume)
            Share(detection, OnlyFailures, OthersToGoTo, (uint)volume);
        cluster.OutlierDetection = detection;
    }

    private static void InARow(Proto.OutlierDetection detection, int? errors, int? gateway)
    {
        detection.Consecutive5Xx = (uint?)errors;
        detection.EnforcingConsecutive5Xx = errors is null ? Never : Always;
        detection.ConsecutiveGatewayFailure = (uint?)gateway;
        detection.EnforcingConsecutiveGatewayFailure = gateway is null ? Never : Always;
    }

    private static void Share(Proto.OutlierDetection detection, uint threshold, uint hosts, uint volume)
    {
        detection.FailurePercentageThreshold = threshold;
        detection.EnforcingFailurePercentage = Always;
        detection.FailurePercentageMinimumHosts = hosts;
        detection.FailurePercentageRequestVolume = volume;
    }

    private static int? Lower(int? one, int? other) => one is null || other < one ? other : one;

    private static Duration Milliseconds(int milliseconds) => Duration.FromTimeSpan(TimeSpan.FromMilliseconds(milliseconds));
}
