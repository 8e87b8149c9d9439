using Mesh.DataPlane.Balancing;

namespace Mesh.DataPlane.Routing;

/// <summary>A cluster of a route.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Weight">Its share, at least 1.</param>
public sealed record WeightedTarget(string Cluster, uint Weight)
{
    /// <summary>The faults put into its requests, in place of the route's; null for the route's.</summary>
    public FaultPolicy? Fault { get; init; }

    /// <summary>How its requests' headers are changed before the route's own changes, or null.</summary>
    public HeaderMutations? RequestHeaders { get; init; }

    /// <summary>How its answers' headers are changed before the route's own changes, or null.</summary>
    public HeaderMutations? ResponseHeaders { get; init; }
}

/// <summary>The clusters of a route with their shares, exact over a period like the endpoints of a cluster.</summary>
public sealed class WeightedTargets
{
    private readonly Turns? _turns;
    private long _turn;

    /// <summary>Targets with their weights, each at least 1.</summary>
    public WeightedTargets(IReadOnlyList<WeightedTarget> targets)
    {
        All = targets;
        if (targets.Count > 1)
            _turns = new Turns([.. targets.Select(t => t.Weight)]);
    }

    /// <summary>The clusters with their weights.</summary>
    public IReadOnlyList<WeightedTarget> All { get; }

    /// <summary>The cluster whose turn it is.</summary>
    public WeightedTarget Next() => All[_turns?.Next(ref _turn) ?? 0];
}
