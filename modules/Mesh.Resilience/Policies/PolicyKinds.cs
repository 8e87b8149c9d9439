using Mesh.Contracts.Resilience;

namespace Mesh.Resilience.Policies;

/// <summary>Kinds of policy as they are written.</summary>
public static class PolicyKinds
{
    /// <summary>All of them, in the order in which they are listed.</summary>
    public static IReadOnlyList<PolicyKind> All { get; } = Enum.GetValues<PolicyKind>();

    /// <summary>The kind as it is written in streams and answers, such as <c>circuit-breaker</c>.</summary>
    public static string NameOf(PolicyKind kind) => kind switch
    {
        PolicyKind.CircuitBreaker => "circuit-breaker",
        PolicyKind.Bulkhead => "bulkhead",
        PolicyKind.OutlierDetection => "outlier-detection",
        PolicyKind.RateLimit => "rate-limit",
        PolicyKind.Timeout => "timeout",
        _ => "fallback",
    };

    /// <summary>The kind as its REST path says it, such as <c>circuit-breakers</c>.</summary>
    public static string PathOf(PolicyKind kind) => kind == PolicyKind.OutlierDetection ? "outlier-detection" : NameOf(kind) + "s";

    /// <summary>Reads a kind as it is written; null where there is none of that name.</summary>
    public static PolicyKind? Parse(string text)
    {
        foreach (var kind in All)
        {
            if (NameOf(kind) == text) return kind;
        }

        return null;
    }
}
