using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Ads;

/// <summary>How this data plane introduces itself.</summary>
internal static class AdsNode
{
    public static Node Of(AdsOptions options) => new()
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
                ["mesh.upstreams"] = Value.ForList([.. options.Upstreams.Select(Value.ForString)]),
            },
        },
    };
}
