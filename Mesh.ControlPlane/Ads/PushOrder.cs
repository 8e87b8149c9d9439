using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>The order of the wire, as data.</summary>
public static class PushOrder
{
    /// <summary>How long an unanswered response holds others up, and a removal waits at most: 15 s, as clients wait for a resource.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>A client that was sent a changed resource of the first type waits until the one of the second type comes again.</summary>
    public static readonly IReadOnlyDictionary<XdsType, XdsType> Warming = new Dictionary<XdsType, XdsType>
    {
        [XdsType.Cluster] = XdsType.ClusterLoadAssignment,
        [XdsType.Listener] = XdsType.RouteConfiguration,
    };
}
