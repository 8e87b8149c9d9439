using Mesh.ControlPlane.Ads;
using Mesh.Tests.Kernel.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>A response that gRPC's own limit does not let through is named in the log.</summary>
public class ResponseSizesTests
{
    private const int TooLarge = ResponseSizes.Limit + 1;
    private readonly SeenEvents<ResponseSizes> _log = new();

    [Fact]
    public void It_is_said_once_for_each_node_and_type_with_both_sizes()
    {
        var sizes = new ResponseSizes(_log);
        var clusters = new DiscoveryResponse { TypeUrl = XdsTypes.Cluster.Url };
        for (var i = 0; i < 3; i++)
        {
            foreach (var node in new[] { "one", "two" }) sizes.Look(Node(node, XdsFlavour.Grpc), clusters, TooLarge);
        }

        sizes.Look(Node("one", XdsFlavour.Envoy), new DeltaDiscoveryResponse { TypeUrl = XdsTypes.Listener.Url }, TooLarge);

        Assert.Equal(3, _log.Texts.Count);
        Assert.All(_log.Texts, line => Assert.Contains($"{TooLarge} bytes", line.Text));
        Assert.All(_log.Texts, line => Assert.Contains($"{ResponseSizes.Limit}", line.Text));
        Assert.Contains(XdsTypes.Listener.Url, _log.Texts[^1].Text);
    }

    [Fact]
    public void What_fits_and_what_the_meshs_own_data_planes_take_is_no_news()
    {
        var sizes = new ResponseSizes(_log);
        var response = new DiscoveryResponse { TypeUrl = XdsTypes.Cluster.Url };
        sizes.Look(Node("one", XdsFlavour.Grpc), response, ResponseSizes.Limit);
        sizes.Look(Node("one", XdsFlavour.Mesh), response, TooLarge);

        Assert.Empty(_log.Texts);
    }

    private static NodeIdentity Node(string id, XdsFlavour flavour) => new() { Id = id, Flavour = flavour };
}
