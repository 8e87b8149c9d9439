namespace Mesh.DataPlane.Balancing;

/// <summary>Chooses the endpoint of a request among those of a cluster that are available. Immutable, free of locks. Flow step 9.</summary>
public abstract class EndpointPicker
{
    /// <summary>The picker of a cluster that has nobody to pick.</summary>
    public static EndpointPicker None { get; } = new Nobody();

    /// <summary>An endpoint that was not tried yet, preferring those that could be reached recently; null when all were tried.</summary>
    /// <param name="tried">The endpoints that this request was sent to in vain.</param>
    /// <param name="now">The time as a <see cref="TimeProvider"/> timestamp.</param>
    /// <param name="hash">The request's hash; only policies that hash look at it.</param>
    public abstract EndpointSnapshot? Pick(ReadOnlySpan<EndpointState> tried, long now, ulong hash);

    /// <inheritdoc cref="Pick(ReadOnlySpan{EndpointState}, long, ulong)"/>
    public EndpointSnapshot? Pick(ReadOnlySpan<EndpointState> tried, long now) => Pick(tried, now, 0);

    /// <summary>The picker for a policy over the available endpoints, as nothing but the control plane's word says who they are.</summary>
    public static EndpointPicker For(BalancingPolicy policy, IReadOnlyList<EndpointSnapshot> endpoints, ClusterState state) =>
        new PickerBuilder(policy, BalancingConfig.Default, state, 0).Build(endpoints, ejections: false);

    /// <summary>The last resort: whoever was not tried, rather one that is not avoided; each time from another one on.</summary>
    protected static EndpointSnapshot? AnyUntried(EndpointSnapshot[] endpoints, ReadOnlySpan<EndpointState> tried, long now, int first)
    {
        EndpointSnapshot? avoided = null;
        for (var i = 0; i < endpoints.Length; i++)
        {
            var endpoint = endpoints[(first + i) % endpoints.Length];
            if (tried.Contains(endpoint.State))
                continue;
            if (!endpoint.State.IsAvoided(now))
                return endpoint;
            avoided ??= endpoint;
        }

        return avoided;
    }

    private sealed class Nobody : EndpointPicker
    {
        public override EndpointSnapshot? Pick(ReadOnlySpan<EndpointState> tried, long now, ulong hash) => null;
    }
}
