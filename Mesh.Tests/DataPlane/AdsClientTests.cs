using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.DataPlane.Balancing;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.DataPlane;

public class AdsClientTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_client_finds_every_service_with_its_endpoints_and_acknowledges_each_response()
    {
        await using var controlPlane = await TestControlPlane.Start();
        controlPlane.Serve("echo", "http", (9001, 1), (9002, 3));
        controlPlane.Serve("pay.shop", "grpc", (9003, 1));
        await using var client = RunningAdsClient.Of(controlPlane.Address);

        await client.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);
        var snapshot = client.Config.Snapshot;
        Assert.Equal(["echo", "pay.shop"], snapshot.Listeners.Names.Order());
        Assert.Equal([1u, 3u], snapshot.Clusters.Find("echo")!.Endpoints.Select(e => e.Weight));
        Assert.Equal(UpstreamProtocol.Http2, snapshot.Clusters.Find("pay.shop")!.Endpoints.Single().Protocol);
        await Eventually.True(() => controlPlane.Requests.Count(r => r.ResponseNonce.Length > 0) >= 4, Soon,
            "all four types are acknowledged");
        Assert.All(controlPlane.Requests, r => Assert.Null(r.ErrorDetail));
    }

    [Fact]
    public async Task A_client_introduces_itself_once_with_flavour_and_upstreams()
    {
        await using var controlPlane = await TestControlPlane.Start();
        await using var client = RunningAdsClient.Of(controlPlane.Address);

        await client.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);
        var node = controlPlane.Requests.First().Node;
        Assert.Equal("mesh", node.Metadata.Fields["mesh.flavour"].StringValue);
        Assert.Equal("*", Assert.Single(node.Metadata.Fields["mesh.upstreams"].ListValue.Values).StringValue);
        Assert.All(controlPlane.Requests.Skip(1), r => Assert.Null(r.Node));
    }

    [Fact]
    public async Task A_client_with_named_upstreams_asks_for_those_and_what_they_lead_to_only()
    {
        await using var controlPlane = await TestControlPlane.Start();
        controlPlane.Serve("echo", "http", (9001, 1));
        controlPlane.Serve("other", "http", (9002, 1));
        var options = RunningAdsClient.Options(controlPlane.Address);
        options.Upstreams = ["echo.default"];
        await using var client = new RunningAdsClient(options);

        await Eventually.True(() => client.Config.Snapshot.Listeners.Count == 1, Soon, "the named service is known");
        Assert.Equal(["echo"], client.Config.Snapshot.Clusters.Names);
        Assert.DoesNotContain(controlPlane.Requests, r => r.ResourceNamesSubscribe.Contains("*"));
    }

    [Fact]
    public async Task A_malformed_resource_is_refused_by_name_and_field_and_the_last_good_version_stays()
    {
        await using var controlPlane = await TestControlPlane.Start();
        controlPlane.Serve("echo", "http", (9001, 1));
        await using var client = RunningAdsClient.Of(controlPlane.Address);
        await client.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);

        var bad = TestControlPlane.Assignment("echo", "http", (9002, 1)).Packed.Unpack<ClusterLoadAssignment>();
        bad.Endpoints[0].LbEndpoints[0].Endpoint.Address.SocketAddress.PortValue = 70_000;
        controlPlane.SetRaw(XdsTypes.ClusterLoadAssignment, "echo", "bad", Any.Pack(bad), push: true);

        await Eventually.True(() => controlPlane.Requests.Any(r => r.ErrorDetail is not null), Soon, "the response is refused");
        var refusal = controlPlane.Requests.First(r => r.ErrorDetail is not null);
        Assert.Contains("'echo'", refusal.ErrorDetail.Message);
        Assert.Contains("endpoints[0].lb_endpoints[0].endpoint.address.socket_address.port_value: 70000 is not a valid port",
            refusal.ErrorDetail.Message);
        Assert.NotEmpty(refusal.ResponseNonce);
        Assert.Equal("127.0.0.1:9001", client.Config.Snapshot.Clusters.Find("echo")!.Endpoints.Single().State.Address);
        Assert.Equal(1, client.Client.Status.Nacks);

        controlPlane.Endpoints("echo", (9003, 1));
        await Eventually.True(() => AddressOf(client, "echo") == "127.0.0.1:9003", Soon, "a good version heals it");
    }

    [Fact]
    public async Task Bytes_that_are_no_message_are_refused_and_the_other_resources_of_the_response_are_taken()
    {
        await using var controlPlane = await TestControlPlane.Start();
        controlPlane.Serve("good", "http", (9001, 1));
        controlPlane.SetRaw(XdsTypes.Cluster, "bad", "1",
            new Any { TypeUrl = XdsTypes.Cluster.Url, Value = ByteString.CopyFrom(0xFF, 0xFF, 0xFF) });
        await using var client = RunningAdsClient.Of(controlPlane.Address);

        await Eventually.True(() => AddressOf(client, "good") == "127.0.0.1:9001", Soon, "the good one is in force");
        Assert.Contains("'bad'", client.Client.Status.LastFault);
        await Eventually.True(() => controlPlane.Requests.Any(r => r.ErrorDetail is not null), Soon, "the control plane hears of it");
        var named = Assert.Single(controlPlane.Requests.First(r => r.ErrorDetail is not null).ErrorDetail.Details)
            .Unpack<Mesh.Xds.Protos.Rpc.ResourceInfo>();
        Assert.Equal((XdsTypes.Cluster.Url, "bad"), (named.ResourceType, named.ResourceName));
    }

    [Fact]
    public async Task After_the_control_plane_died_the_configuration_stays_and_a_reconnect_says_what_is_here_already()
    {
        var controlPlane = await TestControlPlane.Start();
        var port = controlPlane.Address.Port;
        controlPlane.Serve("echo", "http", (9001, 1));
        await using var client = RunningAdsClient.Of(controlPlane.Address);
        await client.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);

        await controlPlane.DisposeAsync();
        await Eventually.True(() => !client.Client.Status.Connected, Soon, "the loss is noticed");
        Assert.Equal("127.0.0.1:9001", AddressOf(client, "echo"));

        await using var again = await TestControlPlane.Start(port, c =>
        {
            c.Serve("echo", "http", (9001, 1));
            c.Serve("new", "http", (9002, 1));
        });
        await Eventually.True(() => client.Config.Snapshot.Listeners.Find("new") is not null, Soon, "what is new arrives");
        var versions = again.Requests.First(r => r.TypeUrl == XdsTypes.ClusterLoadAssignment.Url).InitialResourceVersions;
        Assert.Equal(TestControlPlane.Assignment("echo", "http", (9001, 1)).Version, versions["echo"]);
    }

    [Fact]
    public async Task What_was_removed_while_the_control_plane_was_away_goes_at_the_reconnect()
    {
        var controlPlane = await TestControlPlane.Start();
        var port = controlPlane.Address.Port;
        controlPlane.Serve("echo", "http", (9001, 1));
        controlPlane.Serve("gone", "http", (9002, 1));
        await using var client = RunningAdsClient.Of(controlPlane.Address);
        await client.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);
        await controlPlane.DisposeAsync();

        await using var again = await TestControlPlane.Start(port, c => c.Serve("echo", "http", (9001, 1)));
        await Eventually.True(() => client.Config.Snapshot.Listeners.Find("gone") is null, Soon, "the removed service goes");
        Assert.NotNull(client.Config.Snapshot.Listeners.Find("echo"));
    }

    [Fact]
    public async Task A_dead_control_plane_is_left_for_the_next_one_at_once()
    {
        await using var second = await TestControlPlane.Start();
        second.Serve("echo", "http", (9001, 1));
        var options = RunningAdsClient.Options(new Uri($"http://127.0.0.1:{FreePort.Next()}"), second.Address);
        // Were there a pause between the two, the test would not live to see its end.
        options.BackoffBase = options.BackoffMax = TimeSpan.FromHours(1);
        await using var client = new RunningAdsClient(options);

        await client.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal(second.Address, client.Client.Status.ControlPlane);
    }

    [Fact]
    public async Task A_client_started_without_any_control_plane_serves_from_the_last_good_file()
    {
        using var folder = new TempFolder();
        var options = RunningAdsClient.Options(new Uri("http://127.0.0.1:1"));
        options.LastGoodFile = folder.File("last.xds");
        options.ReadyFromFileAfter = TimeSpan.Zero;
        await using (var controlPlane = await TestControlPlane.Start())
        {
            controlPlane.Serve("echo", "http", (9001, 2));
            var first = RunningAdsClient.Options(controlPlane.Address);
            first.LastGoodFile = options.LastGoodFile;
            await using var client = new RunningAdsClient(first);
            await client.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);
        }

        await using var restarted = new RunningAdsClient(options);
        await restarted.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal("127.0.0.1:9001", AddressOf(restarted, "echo"));
        Assert.False(restarted.Client.Status.Connected);
        Assert.False(restarted.Config.Confirmed);
    }

    [Fact]
    public async Task What_the_last_good_file_knows_of_services_no_longer_asked_for_is_dropped()
    {
        using var folder = new TempFolder();
        await using var controlPlane = await TestControlPlane.Start();
        controlPlane.Serve("echo", "http", (9001, 1));
        controlPlane.Serve("other", "http", (9002, 1));
        var options = RunningAdsClient.Options(controlPlane.Address);
        options.LastGoodFile = folder.File("last.xds");
        await using (var wide = new RunningAdsClient(options))
            await wide.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);

        var narrow = RunningAdsClient.Options(new Uri("http://127.0.0.1:1"));
        (narrow.LastGoodFile, narrow.ReadyFromFileAfter, narrow.Upstreams) = (options.LastGoodFile, TimeSpan.Zero, ["echo.default"]);
        await using var client = new RunningAdsClient(narrow);
        await client.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal(["echo"], client.Config.Snapshot.Listeners.Names);
        Assert.Equal(["echo"], client.Config.Snapshot.Clusters.Names);
        Assert.All(XdsTypes.OfServices, type => Assert.Equal(["echo"], client.Config.Versions(type).Keys));
    }

    [Fact]
    public async Task A_damaged_last_good_file_is_as_good_as_none()
    {
        using var folder = new TempFolder();
        await using var controlPlane = await TestControlPlane.Start();
        controlPlane.Serve("echo", "http", (9001, 2));
        var options = RunningAdsClient.Options(controlPlane.Address);
        options.LastGoodFile = folder.File("last.xds");
        await File.WriteAllBytesAsync(options.LastGoodFile, new byte[1000], TestContext.Current.CancellationToken);

        await using var client = new RunningAdsClient(options);
        await client.Config.Ready.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal("127.0.0.1:9001", AddressOf(client, "echo"));
    }

    private static string? AddressOf(RunningAdsClient client, string cluster) =>
        client.Config.Snapshot.Clusters.Find(cluster)?.Endpoints.SingleOrDefault()?.State.Address;
}
