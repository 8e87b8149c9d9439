using Mesh.Contracts.Resilience;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Resilience.Policies;

namespace Mesh.Resilience.Outliers;

/// <summary>Outlier detection as REST and gRPC say it, and in normal form. Finds every fault.</summary>
internal static class OutlierRules
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    public static OutlierDetectionRequest Read(JsonFields body) => new()
    {
        Service = "",
        Consecutive5xx = body.Number("consecutive5xx"),
        ConsecutiveGatewayErrors = body.Number("consecutiveGatewayErrors"),
        Interval = body.Text("interval"),
        BaseEjectionTime = body.Text("baseEjectionTime"),
        MaxEjectionTime = body.Text("maxEjectionTime"),
        MaxEjectedPercent = body.Number("maxEjectedPercent"),
        SuccessRate = body.Object("successRate") is { } rate ? ReadRate(rate) : null,
        FailurePercentage = body.Object("failurePercentage") is { } share ? ReadShare(share) : null,
    };

    public static OutlierDetectionPolicy Check(OutlierDetectionRequest request, Faults faults)
    {
        var consecutive = Bounds.Number(request.Consecutive5xx, "consecutive5xx", 1, ResilienceLimits.MostInARow, faults);
        var gateway = Bounds.Number(request.ConsecutiveGatewayErrors, "consecutiveGatewayErrors", 1, ResilienceLimits.MostInARow, faults);
        var defaults = new OutlierDetectionPolicy();
        var first = Bounds.Duration(request.BaseEjectionTime, "baseEjectionTime", Shortest, ResilienceLimits.LongestTime, faults)
            ?? defaults.BaseEjectionTimeMs;
        var most = faults.Has("baseEjectionTime") ? Shortest : TimeSpan.FromMilliseconds(first);
        return new()
        {
            Consecutive5xx = request is { Consecutive5xx: null, ConsecutiveGatewayErrors: null, SuccessRate: null, FailurePercentage: null }
                ? 5
                : consecutive,
            ConsecutiveGatewayErrors = gateway,
            IntervalMs = Bounds.Duration(request.Interval, "interval", Shortest, ResilienceLimits.LongestInterval, faults)
                ?? defaults.IntervalMs,
            BaseEjectionTimeMs = first,
            MaxEjectionTimeMs = Bounds.Duration(request.MaxEjectionTime, "maxEjectionTime", most, ResilienceLimits.LongestTime, faults)
                ?? Math.Max(first, defaults.MaxEjectionTimeMs),
            MaxEjectedPercent = Bounds.Number(request.MaxEjectedPercent, "maxEjectedPercent", 1, 100, faults) ?? defaults.MaxEjectedPercent,
            SuccessRate = request.SuccessRate is { } rate ? Check(rate, faults) : null,
            FailurePercentage = request.FailurePercentage is { } share ? Check(share, faults) : null,
        };
    }

    public static OutlierDetectionRequest Show(ServiceKey key, OutlierDetectionPolicy policy) => new()
    {
        Service = key.Name,
        Namespace = key.Namespace,
        Consecutive5xx = policy.Consecutive5xx,
        ConsecutiveGatewayErrors = policy.ConsecutiveGatewayErrors,
        Interval = Bounds.Duration(policy.IntervalMs),
        BaseEjectionTime = Bounds.Duration(policy.BaseEjectionTimeMs),
        MaxEjectionTime = Bounds.Duration(policy.MaxEjectionTimeMs),
        MaxEjectedPercent = policy.MaxEjectedPercent,
        SuccessRate = policy.SuccessRate is { } rate
            ? new() { MinimumHosts = rate.MinimumHosts, RequestVolume = rate.RequestVolume, StdevFactor = rate.StdevFactor }
            : null,
        FailurePercentage = policy.FailurePercentage is { } share
            ? new() { Threshold = share.Threshold, MinimumHosts = share.MinimumHosts, RequestVolume = share.RequestVolume }
            : null,
    };

    private static SuccessRateRequest ReadRate(JsonFields fields)
    {
        var request = new SuccessRateRequest
        {
            MinimumHosts = fields.Number("minimumHosts"),
            RequestVolume = fields.Number("requestVolume"),
            StdevFactor = fields.Number("stdevFactor"),
        };
        fields.End();
        return request;
    }

    private static FailurePercentageRequest ReadShare(JsonFields fields)
    {
        var request = new FailurePercentageRequest
        {
            Threshold = fields.Number("threshold"),
            MinimumHosts = fields.Number("minimumHosts"),
            RequestVolume = fields.Number("requestVolume"),
        };
        fields.End();
        return request;
    }

    private static SuccessRateDetection Check(SuccessRateRequest request, Faults faults)
    {
        var defaults = new SuccessRateDetection();
        return new()
        {
            MinimumHosts = Bounds.Number(request.MinimumHosts, "successRate.minimumHosts", 1, ResilienceLimits.MostHosts, faults)
                ?? defaults.MinimumHosts,
            RequestVolume = Bounds.Number(request.RequestVolume, "successRate.requestVolume", 1, ResilienceLimits.MostAtOnce, faults)
                ?? defaults.RequestVolume,
            StdevFactor = Bounds.Number(request.StdevFactor, "successRate.stdevFactor", 1, 100_000, faults) ?? defaults.StdevFactor,
        };
    }

    private static FailurePercentageDetection Check(FailurePercentageRequest request, Faults faults)
    {
        var defaults = new FailurePercentageDetection();
        return new()
        {
            Threshold = Bounds.Number(request.Threshold, "failurePercentage.threshold", 1, 100, faults) ?? defaults.Threshold,
            MinimumHosts = Bounds.Number(request.MinimumHosts, "failurePercentage.minimumHosts", 1, ResilienceLimits.MostHosts, faults)
                ?? defaults.MinimumHosts,
            RequestVolume = Bounds.Number(request.RequestVolume, "failurePercentage.requestVolume", 1, ResilienceLimits.MostAtOnce, faults)
                ?? defaults.RequestVolume,
        };
    }
}
