using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Xds.Protos;

namespace Mesh.Tests.Conformance;

/// <summary>A module that breaks the cluster of one service, as a bug in one of ours might: clients of every flavour refuse it.</summary>
internal sealed class FaultSwitch : IXdsContributor
{
    private const Cluster.Types.LbPolicy NoSuchPolicy = (Cluster.Types.LbPolicy)77;

    /// <summary>The service; null for none. It counts from the next change of the service on.</summary>
    public string? Breaks { get; set; }

    /// <summary>Whether only those get it broken to whom a change is rolled out first.</summary>
    public bool OnlyRolledOut { get; set; }

    /// <inheritdoc/>
    public int Order => 1_000;

    /// <inheritdoc/>
    public IEnumerable<ServiceKey> Services(MeshState state) => [];

    /// <inheritdoc/>
    public IEnumerable<ServiceKey> Affected(MeshState state, string stream) => [];

    /// <inheritdoc/>
    public object? Shape(MeshState state, ServiceKey service) => null;

    /// <inheritdoc/>
    public void Configure(XdsDraft draft)
    {
        if (draft.Name != Breaks || (OnlyRolledOut && !draft.Variant.Candidate)) return;
        foreach (var cluster in draft.Clusters.Values) cluster.LbPolicy = NoSuchPolicy;
    }

    /// <inheritdoc/>
    public void Endpoints(XdsEndpointsDraft draft)
    {
    }
}
