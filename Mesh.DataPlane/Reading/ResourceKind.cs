using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Reading;

/// <summary>The kinds of resources a data plane reads, in the order in which they are asked for.</summary>
public enum ResourceKind
{
    /// <summary><c>envoy.config.listener.v3.Listener</c> (LDS).</summary>
    Listener,

    /// <summary><c>envoy.config.cluster.v3.Cluster</c> (CDS).</summary>
    Cluster,

    /// <summary><c>envoy.config.endpoint.v3.ClusterLoadAssignment</c> (EDS).</summary>
    Endpoints,

    /// <summary><c>envoy.config.route.v3.RouteConfiguration</c> (RDS).</summary>
    Routes,
}

/// <summary>The type URLs of the kinds.</summary>
public static class ResourceKinds
{
    private static readonly string[] Urls =
    [
        Url(Listener.Descriptor.FullName), Url(Cluster.Descriptor.FullName),
        Url(ClusterLoadAssignment.Descriptor.FullName), Url(RouteConfiguration.Descriptor.FullName),
    ];

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<ResourceKind> All { get; } = [ResourceKind.Listener, ResourceKind.Cluster, ResourceKind.Endpoints, ResourceKind.Routes];

    /// <summary>The kind's type URL.</summary>
    public static string TypeUrl(this ResourceKind kind) => Urls[(int)kind];

    /// <summary>The kind of a type URL, or null.</summary>
    public static ResourceKind? Of(string typeUrl) => Array.IndexOf(Urls, typeUrl) is >= 0 and var index ? (ResourceKind)index : null;

    private static string Url(string fullName) => "type.googleapis.com/" + fullName;
}
