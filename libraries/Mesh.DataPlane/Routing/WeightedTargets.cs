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

/// <summary>The clusters of a route with their shares, kept to within a few of any number of requests.</summary>
/// <remarks>
/// Each request takes the next multiple of the golden ratio, modulo 1 (a Weyl sequence), and the cluster in whose part of the unit interval
/// it lies. Turns in a fixed order would be as even over all requests, but callers who ask in step with one another would each find the
/// same cluster again and again.
/// </remarks>
public sealed class WeightedTargets
{
    // 2⁶⁴ divided by the golden ratio, odd.
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private readonly ulong[] _sums;
    private ulong _turn = (ulong)Random.Shared.NextInt64();

    /// <summary>Targets with their weights, each at least 1.</summary>
    /// <exception cref="ArgumentException">There is no target, or one of weight 0.</exception>
    public WeightedTargets(IReadOnlyList<WeightedTarget> targets)
    {
        if (targets.Count == 0 || targets.Any(t => t.Weight == 0))
            throw new ArgumentException("A route needs at least one target, and every target a weight of at least 1.", nameof(targets));
        All = targets;
        _sums = new ulong[targets.Count];
        var sum = 0UL;
        for (var i = 0; i < _sums.Length; i++)
            _sums[i] = sum += targets[i].Weight;
    }

    /// <summary>The clusters with their weights.</summary>
    public IReadOnlyList<WeightedTarget> All { get; }

    /// <summary>The cluster of one request.</summary>
    public WeightedTarget Next()
    {
        if (_sums.Length == 1)
            return All[0];
        var point = Math.BigMul(Interlocked.Increment(ref _turn) * Golden, _sums[^1], out _);
        var index = 0;
        while (point >= _sums[index])
            index++;
        return All[index];
    }
}
