using System.Collections.Frozen;
using Mesh.Xds.Protos;

namespace Mesh.Xds.Resources;

/// <summary>
/// The table of xDS types: all that the mesh serves, each with what control planes and data planes have to know of it. A further type is a
/// further row, and a reader in the data plane.
/// </summary>
public static class XdsTypes
{
    internal const string Prefix = "type.googleapis.com/";

    /// <summary>Certificates with their keys, and authorities (SDS).</summary>
    public static readonly XdsType<Secret> Secret = new(nameof(Secret), Protos.Secret.Descriptor)
    {
        Order = 0,
        RemovalOrder = 4,
        Ownership = XdsOwnership.None,
        NameIn = secret => secret.Name,
        Redact = SecretBuilder.Redact,
    };

    /// <summary>Where a service runs (EDS).</summary>
    public static readonly XdsType<ClusterLoadAssignment> ClusterLoadAssignment =
        new(nameof(ClusterLoadAssignment), Protos.ClusterLoadAssignment.Descriptor)
    {
        Order = 2,
        RemovalOrder = 3,
        Ownership = XdsOwnership.Cluster,
        NameField = "cluster_name",
        NameIn = assignment => assignment.ClusterName,
        Placeholders = (name, flavour) => LoadAssignmentBuilder.Of(name, flavour, []),
    };

    /// <summary>How a service is called (CDS).</summary>
    public static readonly XdsType<Cluster> Cluster = new(nameof(Cluster), Protos.Cluster.Descriptor)
    {
        Order = 1,
        RemovalOrder = 2,
        IsFullState = true,
        Ownership = XdsOwnership.Cluster,
        Warms = ClusterLoadAssignment,
        NameIn = cluster => cluster.Name,
        ReferencesIn = XdsReferences.Of,
        Placeholders = ClusterBuilder.Unresolved,
    };

    /// <summary>Which requests go to which cluster (RDS).</summary>
    public static readonly XdsType<RouteConfiguration> RouteConfiguration =
        new(nameof(RouteConfiguration), Protos.RouteConfiguration.Descriptor)
    {
        Order = 4,
        RemovalOrder = 1,
        Ownership = XdsOwnership.Service,
        NameIn = routes => routes.Name,
        ReferencesIn = XdsReferences.Of,
        Placeholders = (name, flavour) => IsSubset(name) ? null : RouteConfigurationBuilder.Default(name, flavour),
    };

    /// <summary>Where requests come in (LDS).</summary>
    public static readonly XdsType<Listener> Listener = new(nameof(Listener), Protos.Listener.Descriptor)
    {
        Order = 3,
        RemovalOrder = 0,
        IsFullState = true,
        Ownership = XdsOwnership.Service,
        Warms = RouteConfiguration,
        NameIn = listener => listener.Name,
        ReferencesIn = XdsReferences.Of,
        Placeholders = (name, _) => IsSubset(name) ? null : ListenerBuilder.Api(name),
    };

    /// <summary>All types, in the order in which changes are pushed on one stream.</summary>
    public static readonly IReadOnlyList<XdsType> PushOrder =
        [.. new XdsType[] { Secret, Cluster, ClusterLoadAssignment, Listener, RouteConfiguration }.OrderBy(type => type.Order)];

    /// <summary>The order in which resources are taken away again.</summary>
    public static readonly IReadOnlyList<XdsType> RemovalOrder = [.. PushOrder.OrderBy(type => type.RemovalOrder)];

    /// <summary>The types that a service consists of, in push order.</summary>
    public static readonly IReadOnlyList<XdsType> OfServices = [.. PushOrder.Where(type => type.Ownership != XdsOwnership.None)];

    private static readonly FrozenDictionary<string, XdsType> ByUrl =
        PushOrder.ToFrozenDictionary(type => type.Url, StringComparer.Ordinal);

    /// <summary>How many types there are: what is kept by <see cref="XdsType.Order"/> has as many places.</summary>
    public static int Count => PushOrder.Count;

    /// <summary>Reads a type URL; null when the mesh serves no such type.</summary>
    public static XdsType? Parse(string url) => ByUrl.GetValueOrDefault(url);

    private static bool IsSubset(string name) => name.Contains('@');
}
