using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Ads;

/// <summary>How this data plane introduces itself.</summary>
internal static class AdsNode
{
    /// <param name="options">Who it is and what it asks for.</param>
    /// <param name="seen">The control plane's word for the newest state seen, so that an older control plane can send it on.</param>
    /// <param name="log">The log that this is a state of, as the control plane calls it; empty if it did not say.</param>
    public static Node Of(AdsOptions options, string seen, string log) => new()
    {
        Id = options.NodeId,
        Cluster = options.Cluster,
        Locality = options.Zone is null ? null : new Locality { Zone = options.Zone },
        UserAgentName = "cdaprod-mesh",
        UserAgentVersion = typeof(AdsNode).Assembly.GetName().Version?.ToString(3) ?? "0",
        Metadata = new Struct
        {
            Fields =
            {
                ["mesh.flavour"] = Value.ForString("mesh"),
                ["mesh.service"] = Value.ForString(options.Service ?? ""),
                ["mesh.sequence"] = Value.ForString(seen),
                ["mesh.log"] = Value.ForString(log),
                ["mesh.upstreams"] = Value.ForList([.. options.Upstreams.Select(Value.ForString)]),
            },
        },
    };
}
