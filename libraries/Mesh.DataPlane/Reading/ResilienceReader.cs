using Mesh.DataPlane.Resilience;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Reading;

/// <summary>Reads what a cluster may be burdened with and when its endpoints are ejected.</summary>
internal static class ResilienceReader
{
    public static CircuitBreakerConfig? Breakers(Cluster cluster, ResourceFaults faults)
    {
        var thresholds = cluster.CircuitBreakers?.Thresholds.FirstOrDefault(t => t.Priority == RoutingPriority.Default);
        if (thresholds is null)
            return null;
        var budget = thresholds.RetryBudget;
        return new CircuitBreakerConfig
        {
            MaxConnections = Limit(thresholds.MaxConnections),
            MaxPending = Limit(thresholds.MaxPendingRequests) ?? 1024,
            MaxRequests = Limit(thresholds.MaxRequests),
            MaxRetries = Limit(thresholds.MaxRetries),
            Budget = budget is null
                ? RetryBudgetConfig.Default
                : new RetryBudgetConfig(
                    BalancingReader.Percent(budget.BudgetPercent, RetryBudgetConfig.Default.Percent,
                        "circuit_breakers.thresholds.retry_budget.budget_percent", faults),
                    Limit(budget.MinRetryConcurrency) ?? RetryBudgetConfig.Default.PerSecond),
        };
    }

    public static OutlierConfig? Outliers(Cluster cluster, ResourceFaults faults)
    {
        if (cluster.OutlierDetection is not { } said)
            return null;
        var usual = new OutlierConfig();
        return new OutlierConfig
        {
            Interval = Span(said.Interval, usual.Interval, "interval", faults),
            BaseEjection = Span(said.BaseEjectionTime, usual.BaseEjection, "base_ejection_time", faults),
            MaxEjection = Span(said.MaxEjectionTime, usual.MaxEjection, "max_ejection_time", faults),
            MaxShare = Share(said.MaxEjectionPercent, usual.MaxShare, "max_ejection_percent", faults),
            Consecutive5xx = Rule(usual.Consecutive5xx, said.Consecutive5Xx, said.EnforcingConsecutive5Xx, "enforcing_consecutive_5xx",
                faults),
            ConsecutiveGateway = Rule(
                usual.ConsecutiveGateway, said.ConsecutiveGatewayFailure, said.EnforcingConsecutiveGatewayFailure,
                "enforcing_consecutive_gateway_failure", faults),
            SuccessRate = Rule(usual.SuccessRate, said.SuccessRateStdevFactor, said.EnforcingSuccessRate, "enforcing_success_rate",
                faults) with
            {
                Hosts = Limit(said.SuccessRateMinimumHosts) ?? usual.SuccessRate.Hosts,
                Volume = Limit(said.SuccessRateRequestVolume) ?? usual.SuccessRate.Volume,
            },
            FailureShare = Rule(usual.FailureShare, said.FailurePercentageThreshold, said.EnforcingFailurePercentage,
                "enforcing_failure_percentage", faults) with
            {
                Hosts = Limit(said.FailurePercentageMinimumHosts) ?? usual.FailureShare.Hosts,
                Volume = Limit(said.FailurePercentageRequestVolume) ?? usual.FailureShare.Volume,
            },
        };
    }

    private static OutlierRule Rule(OutlierRule usual, uint? limit, uint? enforced, string field, ResourceFaults faults) =>
        new(Limit(limit) ?? usual.Limit, Share(enforced, usual.Enforced, field, faults));

    private static int Share(uint? share, int usual, string field, ResourceFaults faults)
    {
        if (share > 100)
            faults.Add($"outlier_detection.{field}", $"{share} is more than 100");
        return Limit(share) ?? usual;
    }

    private static TimeSpan Span(Google.Protobuf.WellKnownTypes.Duration? said, TimeSpan usual, string field, ResourceFaults faults)
    {
        var span = faults.Duration(said, $"outlier_detection.{field}");
        if (span == TimeSpan.Zero)
            faults.Add($"outlier_detection.{field}", "is 0");
        return span ?? usual;
    }

    private static int? Limit(uint? said) => said is { } number ? (int)Math.Min(number, int.MaxValue) : null;
}
