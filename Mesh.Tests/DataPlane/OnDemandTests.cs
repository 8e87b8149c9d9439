using Mesh.DataPlane.Ads;
using Mesh.DataPlane.Configuration;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.DataPlane;

/// <summary>Services that are asked for when they are first wanted.</summary>
public class OnDemandTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_that_nobody_declared_is_told_when_it_is_asked_for_and_nothing_else_is()
    {
        await using var controlPlane = await TestControlPlane.Start(before: Three);
        await using var client = Client(controlPlane, "own");
        await client.Config.Ready.WaitAsync(Soon, Cancel);
        Assert.Equal(["own"], client.Config.Snapshot.Listeners.Names);

        await client.Config.AskAsync("shop")!.WaitAsync(Soon, Cancel);
        Assert.Equal(["own", "shop"], client.Config.Snapshot.Listeners.Names.Order());
        Assert.Equal(2, client.Config.Snapshot.Clusters.Count);
        Assert.Same(client.Config.AskAsync("shop"), client.Config.AskAsync("shop"));
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_known_not_to_be_and_known_as_soon_as_it_comes()
    {
        await using var controlPlane = await TestControlPlane.Start(before: Three);
        await using var client = Client(controlPlane, "own");
        await client.Config.AskAsync("later")!.WaitAsync(Soon, Cancel);
        Assert.Null(client.Config.Snapshot.Listeners.Find("later"));
        controlPlane.Serve("later", "http", (9009, 1));
        await Eventually.True(() => client.Config.Snapshot.Listeners.Find("later") is not null, Soon, "the service has come");
    }

    [Fact]
    public async Task What_was_asked_for_is_asked_for_again_of_the_next_control_plane()
    {
        var first = await TestControlPlane.Start(before: Three);
        var port = first.Address.Port;
        await using var client = Client(first, "own");
        await client.Config.AskAsync("shop")!.WaitAsync(Soon, Cancel);
        await first.DisposeAsync();
        await using var second = await TestControlPlane.Start(port, c =>
        {
            Three(c);
            c.Endpoints("shop", (9010, 1));
        });
        await Eventually.True(() => client.Config.Snapshot.Clusters.Find("shop")!.Endpoints[0].Config.Address == "127.0.0.1:9010", Soon,
            "the change has come");
    }

    [Fact]
    public async Task What_was_asked_for_outlives_the_process_while_no_control_plane_is_there()
    {
        using var folder = new TempFolder();
        var file = Path.Combine(folder.Path, "last.xds");
        var controlPlane = await TestControlPlane.Start(before: Three);
        var address = controlPlane.Address;
        await using (var client = Client(controlPlane, "own", file))
            await client.Config.AskAsync("shop")!.WaitAsync(Soon, Cancel);
        await controlPlane.DisposeAsync();

        await using var after = new RunningAdsClient(Options(address, "own", file));
        await Eventually.True(() => after.Config.Snapshot.Listeners.Find("shop") is not null, Soon, "the file knows it");
        Assert.True(after.Config.AskAsync("shop")!.IsCompleted);
    }

    [Fact]
    public async Task Where_room_is_short_services_that_are_not_there_go_first()
    {
        await using var controlPlane = await TestControlPlane.Start(before: Three);
        await using var client = Client(controlPlane, "own");
        await client.Config.AskAsync("shop")!.WaitAsync(Soon, Cancel);
        await Task.WhenAll(Enumerable.Range(0, OnDemandServices.Most + 10).Select(i => client.Config.AskAsync($"none-{i}")).OfType<Task>())
            .WaitAsync(Soon, Cancel);
        await client.Config.AskAsync("cart")!.WaitAsync(Soon, Cancel);
        Assert.Equal(["cart", "own", "shop"], client.Config.Snapshot.Listeners.Names.Order());
        await Eventually.True(
            () => controlPlane.Requests.Any(r => r.ResourceNamesUnsubscribe.Any(n => n.StartsWith("none-"))), Soon,
            "one that is not there is not asked for any more");
    }

    [Fact]
    public void A_listener_that_passes_bytes_on_leads_to_one_cluster_and_one_without_is_refused()
    {
        var state = new ConfigState(wildcard: true, TimeSpan.FromSeconds(5), TimeProvider.System);
        Assert.Empty(Apply(state, XdsResource.Of(ClusterBuilder.Eds("db", XdsFlavour.Mesh, "tcp"))));
        Assert.Empty(Apply(state, TestControlPlane.Assignment("db", "tcp", (9001, 1))));
        Assert.Empty(Apply(state, XdsResource.Of(ListenerBuilder.TcpTemplate("db"))));
        Assert.Equal("db", state.Snapshot.Listeners.Find("db")!.TcpCluster);

        var broken = ListenerBuilder.TcpTemplate("db");
        broken.FilterChains[0].Filters[0].TypedConfig = CanonicalProtobuf.Pack(new TcpProxy { StatPrefix = "db" });
        Assert.Contains("cluster", Assert.Single(Apply(state, XdsResource.Of(broken))));
        Assert.Equal("db", state.Snapshot.Listeners.Find("db")!.TcpCluster);
    }

    private static IReadOnlyList<string> Apply(ConfigState state, XdsResource resource) =>
        state.Apply(new DeltaDiscoveryResponse { TypeUrl = resource.Type.Url, Resources = { resource.Delta } });

    private static void Three(TestControlPlane controlPlane)
    {
        controlPlane.Serve("own", "http", (9001, 1));
        controlPlane.Serve("shop", "http", (9002, 1));
        controlPlane.Serve("cart", "http", (9003, 1));
    }

    private static RunningAdsClient Client(TestControlPlane controlPlane, string upstream, string? file = null) =>
        new(Options(controlPlane.Address, upstream, file));

    private static AdsOptions Options(Uri address, string upstream, string? file)
    {
        var options = RunningAdsClient.Options(address);
        (options.Upstreams, options.OnDemand, options.Service, options.LastGoodFile) = ([upstream], true, upstream, file);
        return options;
    }
}
