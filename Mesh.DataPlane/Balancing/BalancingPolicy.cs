namespace Mesh.DataPlane.Balancing;

/// <summary>How a cluster's requests are spread over its endpoints.</summary>
public enum BalancingPolicy
{
    /// <summary>By turns, each endpoint exactly as often as its weight says.</summary>
    WeightedRoundRobin,

    /// <summary>Of two endpoints drawn by weight, the one with fewer requests under way for its weight.</summary>
    LeastRequest,
}
