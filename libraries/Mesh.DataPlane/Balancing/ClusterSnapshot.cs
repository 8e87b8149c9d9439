namespace Mesh.DataPlane.Balancing;

/// <summary>One cluster at one moment: how to reach it, its endpoints, and who is picked next. Flow step 9.</summary>
public sealed class ClusterSnapshot
{
    private readonly string? _ownZone;
    private Built _built;

    /// <summary>A cluster of these endpoints.</summary>
    /// <param name="config">The cluster as the control plane describes it.</param>
    /// <param name="endpoints">Its endpoints.</param>
    /// <param name="state">What outlives this snapshot.</param>
    /// <param name="ownZone">The zone this data plane runs in, or null.</param>
    public ClusterSnapshot(ClusterConfig config, IReadOnlyList<EndpointSnapshot> endpoints, ClusterState state, string? ownZone = null)
    {
        Config = config;
        Endpoints = endpoints;
        State = state;
        _ownZone = ownZone;
        _built = Build(state.Time.GetTimestamp());
    }

    /// <summary>The cluster as the control plane describes it.</summary>
    public ClusterConfig Config { get; }

    /// <summary><c>name</c> or <c>name.namespace</c>, with <c>@subset</c> for a subset.</summary>
    public string Name => Config.Name;

    /// <summary>All endpoints, those that get no traffic too.</summary>
    public IReadOnlyList<EndpointSnapshot> Endpoints { get; }

    /// <summary>What outlives this snapshot.</summary>
    public ClusterState State { get; }

    /// <summary>Chooses among the endpoints that are available now.</summary>
    public EndpointPicker Picker => PickerAt(State.Time.GetTimestamp());

    /// <summary>Chooses among the endpoints that are available at a time, given as a timestamp of the cluster's clock.</summary>
    public EndpointPicker PickerAt(long now)
    {
        if (Config.Outliers is { } outliers)
            State.Outliers.Tick(outliers, Endpoints, now);
        var built = Volatile.Read(ref _built);
        if (built.Ejections == Ejections && now < built.ValidUntil)
            return built.Picker;

        Volatile.Write(ref _built, built = Build(now));
        return built.Picker;
    }

    private int Ejections => Config.Outliers is null ? 0 : State.Outliers.Version;

    private Built Build(long now)
    {
        // Read first: an ejection in the meantime makes the next request build again.
        var ejections = Ejections;
        var builder = new PickerBuilder(Config.Policy, Config.Balancing, State, now, Config.Assignment.Overprovisioning);
        var picker = builder.Build(Endpoints, Config.Outliers is not null, _ownZone);
        return new Built(picker, ejections, builder.ValidUntil);
    }

    private sealed record Built(EndpointPicker Picker, int Ejections, long ValidUntil);
}
