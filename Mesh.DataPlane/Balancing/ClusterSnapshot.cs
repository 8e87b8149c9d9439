namespace Mesh.DataPlane.Balancing;

/// <summary>One cluster at one moment: how to reach it, its endpoints, and who is picked next. Flow step 9.</summary>
public sealed class ClusterSnapshot
{
    /// <summary>A cluster of these endpoints.</summary>
    public ClusterSnapshot(ClusterConfig config, IReadOnlyList<EndpointSnapshot> endpoints, ClusterState state)
    {
        Config = config;
        Endpoints = endpoints;
        State = state;
        Picker = EndpointPicker.For(config.Policy, endpoints, state);
    }

    /// <summary>The cluster as the control plane describes it.</summary>
    public ClusterConfig Config { get; }

    /// <summary><c>name</c> or <c>name.namespace</c>, with <c>@subset</c> for a subset.</summary>
    public string Name => Config.Name;

    /// <summary>All endpoints, those that get no traffic too.</summary>
    public IReadOnlyList<EndpointSnapshot> Endpoints { get; }

    /// <summary>Chooses among the endpoints that are fit.</summary>
    public EndpointPicker Picker { get; }

    /// <summary>What outlives this snapshot.</summary>
    public ClusterState State { get; }
}
