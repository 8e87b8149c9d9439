using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Kernel.Xds;

/// <summary>A service's listener, routes and clusters in one flavour and variant, while contributors work on them.</summary>
public sealed class XdsDraft(MeshState state, ServiceKey service, XdsFlavour flavour, XdsVariant variant = default)
{
    public MeshState State { get; } = state;

    public ServiceKey Service { get; } = service;

    public XdsFlavour Flavour { get; } = flavour;

    /// <summary>For whom.</summary>
    public XdsVariant Variant { get; } = variant;

    /// <summary>The name that listener, routes and cluster bear.</summary>
    public string Name { get; } = service.MeshName;

    public Listener? Listener { get; set; }

    public RouteConfiguration? Routes { get; set; }

    /// <summary>The service's own clusters by name: <see cref="Name"/> and <c>name@subset</c>.</summary>
    public IDictionary<string, Cluster> Clusters { get; } = new SortedDictionary<string, Cluster>(StringComparer.Ordinal);

    /// <summary>
    /// Clusters of subsets, of whichever service, that exist because of this service, whether its routes lead to them in this flavour or
    /// not. Where they change, the subset's owner is compiled again.
    /// </summary>
    public ISet<string> Subsets { get; } = new SortedSet<string>(StringComparer.Ordinal);

    /// <summary>Why it cannot be compiled, each naming the resource at fault; any entry keeps the last good version in place.</summary>
    public IList<string> Problems { get; } = [];
}

/// <summary>The load assignments of a service's clusters in one flavour and variant, while contributors work on them.</summary>
public sealed class XdsEndpointsDraft(MeshState state, ServiceKey service, XdsFlavour flavour, XdsVariant variant = default)
{
    public MeshState State { get; } = state;

    public ServiceKey Service { get; } = service;

    public XdsFlavour Flavour { get; } = flavour;

    /// <summary>For whom.</summary>
    public XdsVariant Variant { get; } = variant;

    public string Name { get; } = service.MeshName;

    /// <summary>By the cluster's name.</summary>
    public IDictionary<string, ClusterLoadAssignment> Assignments { get; } = new SortedDictionary<string, ClusterLoadAssignment>(
        StringComparer.Ordinal);
}
