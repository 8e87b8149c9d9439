using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Resilience.Bulkheads;
using Mesh.Resilience.CircuitBreakers;
using Mesh.Resilience.Fallbacks;
using Mesh.Resilience.Outliers;
using Mesh.Resilience.RateLimits;
using Mesh.Resilience.Timeouts;

namespace Mesh.Resilience.Policies;

/// <summary>Reads the body of a write into a policy (Flow step 1). Finds every fault, not only the first.</summary>
public static class PolicyInput
{
    /// <summary>The command; null where <paramref name="faults"/> has any.</summary>
    public static SetResiliencePolicy? Read(PolicyKind kind, JsonFields body, Faults faults)
    {
        var key = Key(body.Text("service"), body.Text("namespace"), faults);
        IResiliencePolicy policy = kind switch
        {
            PolicyKind.CircuitBreaker => CircuitBreakerRules.Check(CircuitBreakerRules.Read(body), faults),
            PolicyKind.Bulkhead => BulkheadRules.Check(BulkheadRules.Read(body), faults),
            PolicyKind.OutlierDetection => OutlierRules.Check(OutlierRules.Read(body), faults),
            PolicyKind.RateLimit => RateLimitRules.Check(RateLimitRules.Read(body), faults),
            PolicyKind.Timeout => TimeoutRules.Check(TimeoutRules.Read(body), faults),
            _ => FallbackRules.Check(key, FallbackRules.Read(body), faults),
        };
        body.End();
        return key is { } service && !faults.Any ? new SetResiliencePolicy(service, policy) : null;
    }

    /// <summary>The service that is meant; null with a fault.</summary>
    public static ServiceKey? Key(string? service, string? @namespace, Faults faults)
    {
        var name = Labels.Read(service, "service", null, faults);
        var space = Labels.Read(@namespace, "namespace", ServiceKey.DefaultNamespace, faults);
        return name is null || space is null ? null : new ServiceKey(space, name);
    }
}
