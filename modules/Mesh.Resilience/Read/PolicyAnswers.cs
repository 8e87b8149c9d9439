using System.Text.Json;
using Mesh.Contracts.Resilience;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Catalog;
using Mesh.Resilience.Bulkheads;
using Mesh.Resilience.CircuitBreakers;
using Mesh.Resilience.Fallbacks;
using Mesh.Resilience.Outliers;
using Mesh.Resilience.Policies;
using Mesh.Resilience.RateLimits;
using Mesh.Resilience.State;
using Mesh.Resilience.Timeouts;

namespace Mesh.Resilience.Read;

/// <summary>State as REST shows it.</summary>
public static class PolicyAnswers
{
    /// <summary>All that the filter lets through.</summary>
    public static PolicyListAnswer ToList(ResilienceState state, long sequence, PolicyFilter filter) => new()
    {
        Sequence = sequence,
        Items = [.. filter.Apply(state).Select(found => ToAnswer(found.Key, found.Policy))],
    };

    /// <summary>One policy.</summary>
    public static PolicyAnswer ToAnswer(ServiceKey key, PolicyState state)
    {
        var answer = new PolicyAnswer
        {
            Service = key.Name,
            Namespace = key.Namespace,
            Kind = PolicyKinds.NameOf(state.Policy.Kind),
            Revision = state.Version,
        };
        return state.Policy switch
        {
            CircuitBreakerPolicy policy => answer with { CircuitBreaker = CircuitBreakerRules.Show(key, policy) },
            BulkheadPolicy policy => answer with { Bulkhead = BulkheadRules.Show(key, policy) },
            OutlierDetectionPolicy policy => answer with { OutlierDetection = OutlierRules.Show(key, policy) },
            RateLimitPolicy policy => answer with { RateLimit = RateLimitRules.Show(key, policy) },
            TimeoutPolicy policy => answer with { Timeout = TimeoutRules.Show(key, policy) },
            FallbackPolicy policy => answer with { Fallback = FallbackRules.Show(key, policy) },
            _ => answer,
        };
    }

    internal static void WriteState(ResilienceState state, Utf8JsonWriter writer) =>
        JsonSerializer.Serialize(writer, ToList(state, 0, new PolicyFilter()).Items, RestJson.Default.IReadOnlyListPolicyAnswer);
}
