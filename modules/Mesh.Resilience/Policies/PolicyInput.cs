using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Resilience.Answers;
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
        var policy = Policy(kind, key, body, faults);
        body.End();
        return key is { } service && !faults.Any ? new SetResiliencePolicy(service, policy) : null;
    }

    /// <summary>What the fields say of a policy, checked; it counts only where nothing is at fault.</summary>
    public static IResiliencePolicy Policy(PolicyKind kind, ServiceKey? key, JsonFields fields, Faults faults) => kind switch
    {
        PolicyKind.CircuitBreaker => CircuitBreakerRules.Check(CircuitBreakerRules.Read(fields), faults),
        PolicyKind.Bulkhead => BulkheadRules.Check(BulkheadRules.Read(fields), faults),
        PolicyKind.OutlierDetection => OutlierRules.Check(OutlierRules.Read(fields), faults),
        PolicyKind.RateLimit => RateLimitRules.Check(RateLimitRules.Read(fields), faults),
        PolicyKind.Timeout => TimeoutRules.Check(TimeoutRules.Read(fields), faults),
        _ => FallbackRules.Check(key, FallbackRules.Read(fields), faults),
    };

    /// <summary>A write of this policy; null where <paramref name="faults"/> has any.</summary>
    public static ValidRequest<PolicyOutcome>? Set(ServiceKey? key, IResiliencePolicy? policy, Faults faults) => policy is null ? null
        : ValidRequest.Of<PolicyOutcome>(
            key, faults, (service, precondition) => new SetResiliencePolicy(service, policy) { Precondition = precondition });

    /// <summary>A removal of a policy; null where <paramref name="faults"/> has any.</summary>
    public static ValidRequest<PolicyOutcome>? Remove(ServiceKey? key, PolicyKind? kind, Faults faults) => kind is not { } which ? null
        : ValidRequest.Of<PolicyOutcome>(
            key, faults, (service, precondition) => new RemovePolicy(service, which) { Precondition = precondition });

    /// <summary>The service that is meant; null with a fault.</summary>
    public static ServiceKey? Key(string? service, string? @namespace, Faults faults)
    {
        var name = Labels.Read(service, "service", null, faults);
        var space = Labels.Read(@namespace, "namespace", ServiceKey.DefaultNamespace, faults);
        return name is null || space is null ? null : new ServiceKey(space, name);
    }
}
