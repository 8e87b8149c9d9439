namespace Mesh.DataPlane.Balancing;

/// <summary>How a cluster's requests are spread over its endpoints.</summary>
public enum BalancingPolicy
{
    /// <summary>By turns, each endpoint exactly as often as its weight says.</summary>
    WeightedRoundRobin,

    /// <summary>Of two endpoints drawn by weight, the one with fewer active requests for its weight.</summary>
    LeastRequest,

    /// <summary>Drawn by weight.</summary>
    Random,

    /// <summary>By the request's hash, on a ring.</summary>
    RingHash,

    /// <summary>By the request's hash, in a table: quicker and more even than a ring, a little less steady when endpoints change.</summary>
    Maglev,
}

/// <summary>What follows from a policy.</summary>
public static class BalancingPolicies
{
    /// <summary>Whether the policy asks for the request's hash.</summary>
    public static bool Hashes(this BalancingPolicy policy) => policy is BalancingPolicy.RingHash or BalancingPolicy.Maglev;
}
