using Mesh.Tests.Proxy.Support;
using Mesh.Xds.Protos;

namespace Mesh.Tests.Proxy;

public class ZeroWeightTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_destination_whose_weight_has_become_0_gets_no_request()
    {
        await using var all = await TestUpstream.Named("all");
        await using var none = await TestUpstream.Named("none");
        await mesh.Serve("weighed-all", all);
        await mesh.Serve("weighed-none", none);
        await mesh.Serve("weighed", all);
        await mesh.Route("weighed", host => host.Routes[0].Route_.WeightedClusters = Shares(1, 1));
        Assert.Equal(["all", "none"], (await Answers(40)).Distinct().Order());

        await mesh.Route("weighed", host => host.Routes[0].Route_.WeightedClusters = Shares(1, 0));

        Assert.All(await Answers(200), answer => Assert.Equal("all", answer));
    }

    private static WeightedCluster Shares(uint all, uint none) => new()
    {
        Clusters = { new WeightedCluster.Types.ClusterWeight { Name = "weighed-all", Weight = all },
            new WeightedCluster.Types.ClusterWeight { Name = "weighed-none", Weight = none } },
    };

    private async Task<List<string>> Answers(int count)
    {
        var answers = new List<string>();
        for (var i = 0; i < count; i++) answers.Add(await mesh.Http.GetStringAsync("/weighed/", Cancel));
        return answers;
    }
}
