using Mesh.Xds.Protos;

namespace Mesh.Xds.Resources;

/// <summary>The four kinds of resource the mesh serves. The numeric order is the push order: what is pointed at goes before what points.</summary>
public enum XdsType
{
    /// <summary>CDS: how the endpoints of a service are called and balanced.</summary>
    Cluster,

    /// <summary>EDS: a cluster's endpoints.</summary>
    ClusterLoadAssignment,

    /// <summary>LDS: a service as clients name it.</summary>
    Listener,

    /// <summary>RDS: a service's routes to clusters.</summary>
    RouteConfiguration,
}

/// <summary>What the wire and people call an <see cref="XdsType"/>.</summary>
public static class XdsTypes
{
    private const string Prefix = "type.googleapis.com/";

    /// <summary>The order in which changes are pushed on one stream.</summary>
    public static readonly IReadOnlyList<XdsType> PushOrder =
        [XdsType.Cluster, XdsType.ClusterLoadAssignment, XdsType.Listener, XdsType.RouteConfiguration];

    /// <summary>The order in which resources are taken away again: first what points, then what was pointed at.</summary>
    public static readonly IReadOnlyList<XdsType> RemovalOrder =
        [XdsType.Listener, XdsType.RouteConfiguration, XdsType.Cluster, XdsType.ClusterLoadAssignment];

    private static readonly string[] Urls =
    [
        Prefix + Cluster.Descriptor.FullName,
        Prefix + ClusterLoadAssignment.Descriptor.FullName,
        Prefix + Listener.Descriptor.FullName,
        Prefix + RouteConfiguration.Descriptor.FullName,
    ];

    /// <summary>The type URL, for example <c>type.googleapis.com/envoy.config.cluster.v3.Cluster</c>.</summary>
    public static string Url(this XdsType type) => Urls[(int)type];

    /// <summary>Reads a type URL; null when the mesh serves no such type.</summary>
    public static XdsType? Parse(string url)
    {
        var index = Array.IndexOf(Urls, url);
        return index < 0 ? null : (XdsType)index;
    }

    /// <summary>Whether a state-of-the-world response always holds every resource, so that a missing one is a deleted one.</summary>
    public static bool IsFullState(this XdsType type) => type is XdsType.Cluster or XdsType.Listener;
}
