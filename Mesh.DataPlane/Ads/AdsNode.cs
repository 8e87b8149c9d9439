using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Ads;

/// <summary>How this data plane introduces itself.</summary>
internal static class AdsNode
{
    /// <param name="options">Who it is and what it asks for.</param>
    /// <param name="seen">The control plane's word for the newest state seen, so that an older control plane can send it on.</param>
    public static Node Of(AdsOptions options, string seen) => new()
    {
        Id = options.NodeId,
        Cluster = options.Cluster,
        UserAgentName = "cdaprod-mesh",
        UserAgentVersion = typeof(AdsNode).Assembly.GetName().Version?.ToString(3) ?? "0",
        Metadata = new Struct
        {
            Fields =
            {
                ["mesh.flavour"] = Value.ForString("mesh"),
                ["mesh.sequence"] = Value.ForString(seen),
                ["mesh.upstreams"] = Value.ForList([.. options.Upstreams.Select(Value.ForString)]),
            },
        },
    };
}
