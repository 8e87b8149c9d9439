namespace Mesh.DataPlane.Balancing;

/// <summary>Chooses the endpoint of a request among those of a cluster that are fit. Immutable, free of locks. Flow step 9.</summary>
public abstract class EndpointPicker
{
    /// <summary>The picker of a cluster that has nobody to pick.</summary>
    public static EndpointPicker None { get; } = new Nobody();

    /// <summary>An endpoint that was not tried yet, preferring those that could be reached of late; null when all were tried.</summary>
    /// <param name="tried">The endpoints that this request was sent to in vain.</param>
    /// <param name="now">The time as a <see cref="TimeProvider"/> timestamp.</param>
    public abstract EndpointSnapshot? Pick(ReadOnlySpan<EndpointState> tried, long now);

    /// <summary>The picker for a policy over the fit endpoints.</summary>
    public static EndpointPicker For(BalancingPolicy policy, IReadOnlyList<EndpointSnapshot> endpoints, ClusterState state)
    {
        var fit = FitOnes(endpoints);
        if (fit.Length == 0)
            return None;

        return policy switch
        {
            BalancingPolicy.LeastRequest => new LeastRequestPicker(fit, state),
            _ => new WeightedRoundRobinPicker(fit, state),
        };
    }

    /// <summary>The healthy ones of the lowest priority that has any; degraded ones only where no priority has a healthy one.</summary>
    private static EndpointSnapshot[] FitOnes(IReadOnlyList<EndpointSnapshot> endpoints)
    {
        var healthy = OfLowestPriority(endpoints, e => e.Config.Health is EndpointHealth.Healthy or EndpointHealth.Unknown);
        return healthy.Length > 0 ? healthy : OfLowestPriority(endpoints, e => e.Config.Health == EndpointHealth.Degraded);
    }

    private static EndpointSnapshot[] OfLowestPriority(IReadOnlyList<EndpointSnapshot> endpoints, Func<EndpointSnapshot, bool> fit)
    {
        EndpointSnapshot[] candidates = [.. endpoints.Where(fit)];
        if (candidates.Length == 0)
            return candidates;

        var lowest = candidates.Min(e => e.Config.Priority);
        return [.. candidates.Where(e => e.Config.Priority == lowest)];
    }

    private sealed class Nobody : EndpointPicker
    {
        public override EndpointSnapshot? Pick(ReadOnlySpan<EndpointState> tried, long now) => null;
    }
}
