using System.Globalization;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>What a client is sent and holds is what it needs, however large the mesh is.</summary>
public class FleetTests
{
    private const int Services = 5_000;
    private static readonly string[] Needed = ["service-7", "service-70", "service-700", "service-4000", "service-4999"];
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("declared")]
    [InlineData("on demand")]
    public async Task A_data_plane_that_needs_5_of_5000_services_is_sent_and_holds_5(string how)
    {
        var sent = new SentResources();
        await using var host = await Fleet(sent);
        var options = RunningAdsClient.Options(host.Address);
        (options.NodeId, options.OnDemand, options.Upstreams) = ("needs-5", true, how == "declared" ? Needed : Needed[..1]);
        await using var client = new RunningAdsClient(options);
        await Task.WhenAll(Needed.Select(name => client.Config.AskAsync(name)).OfType<Task>()).WaitAsync(Soon, Cancel);
        await Eventually.True(() => Needed.All(name => client.Config.Snapshot.Clusters.Find(name) is { Endpoints.Count: 1 }), Soon,
            "it knows what it needs");
        await OthersChange(host, sent, "needs-5");

        Assert.Equal(Needed.Order(), client.Config.Snapshot.Listeners.Names.Order());
        Assert.Equal(Needed.Order(), client.Config.Snapshot.Clusters.Names.Order());
        foreach (var type in XdsTypes.OfServices) Assert.Equal(Needed.Order(), client.Config.Versions(type).Keys.Order());
    }

    [Fact]
    public async Task A_gRPC_client_that_needs_5_of_5000_services_is_sent_5()
    {
        var sent = new SentResources();
        await using var host = await Fleet(sent);
        using var client = new SotwClient(host, "needs-5");
        foreach (var type in XdsTypes.OfServices) await client.Ask(type, Needed);
        await OthersChange(host, sent, "needs-5");
    }

    private static async Task<ControlPlaneHarness> Fleet(SentResources sent)
    {
        var host = await ControlPlaneHarness.Start(more: sent.Watch);
        for (var i = 0; i < Services; i++) host.Replica.Register($"service-{i.ToString(CultureInfo.InvariantCulture)}", "10.0.0.1", 9_000);
        await host.Compiled();
        return host;
    }

    /// <summary>A hundred other services change, and the client is level with them without having been sent anything of it.</summary>
    private static async Task OthersChange(ControlPlaneHarness host, SentResources sent, string node)
    {
        await Level();
        Assert.Equal((4 * Needed.Length, 0), (sent.Streams.Single().Resources, sent.Streams.Single().Removed));
        for (var i = 1_000; i < 1_100; i++) host.Replica.Register($"service-{i.ToString(CultureInfo.InvariantCulture)}", "10.0.0.2", 9_000);
        await Level();
        Assert.Equal((4 * Needed.Length, 0), (sent.Streams.Single().Resources, sent.Streams.Single().Removed));

        Task Level() => Eventually.True(
            async () => (await host.Proxies()).Single(p => p.Node == node).Sequence == host.Replica.Current.Sequence, Soon,
            "the client is level");
    }
}
