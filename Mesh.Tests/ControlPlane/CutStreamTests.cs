using System.Globalization;
using Mesh.DataPlane.Configuration;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.ControlPlane;

/// <summary>
/// Clients whose stream something between them and the control plane cuts again and again, as load balancers do with whatever lasts long.
/// </summary>
public class CutStreamTests
{
    private const int Services = 200, Cuts = 5;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gateway_whose_stream_is_cut_again_and_again_loses_no_request_and_no_service_and_is_sent_nothing_again()
    {
        var sent = new SentResources();
        await using var host = await ControlPlaneHarness.Start(more: sent.Watch);
        await using var upstream = await TestUpstream.Named("ok");
        host.Replica.Register("echo", "127.0.0.1", upstream.Port);
        Register(host, Services);
        await host.Compiled();
        await using var between = new FaultyTcp(host.Address.Port);
        await using var gateway = await RunningGateway.Start(new Uri($"http://127.0.0.1:{between.Port}"));
        var config = gateway.Services.GetRequiredService<ConfigState>();
        await Eventually.True(() => IsWhole(config), Soon, "the gateway knows every service");
        Assert.Equal(4 * (Services + 1), sent.Streams.Single().Resources);
        await host.Synced();

        await using var load = new SteadyLoad(gateway, "/echo/", 4);
        for (var cut = 1; cut <= Cuts; cut++)
        {
            between.CutClients();
            await Eventually.True(
                () =>
                {
                    // At no moment is anything gone.
                    Assert.True(IsWhole(config), "the gateway has let go of a service");
                    return sent.Streams.Count > cut && sent.Streams[^1].Types == 4;
                },
                Soon, "the next stream has answered every type");
            var answered = load.Answered;
            await Eventually.True(() => load.Answered > answered + 10 || load.HasFaults, Soon, "requests go on");
        }

        Assert.Empty(await load.Stop());
        Assert.All(sent.Streams.Skip(1), stream => Assert.Equal((0, 0), (stream.Resources, stream.Removed)));

        // What has changed meanwhile comes, and it alone.
        between.CutClients();
        var streams = sent.Streams.Count;
        host.Replica.Register("service-7", "10.0.9.9");
        await Eventually.True(() => config.Snapshot.Clusters.Find("service-7")!.Endpoints.Count == 2, Soon, "the change has come");
        Assert.All(sent.Streams.Skip(streams - 1),
            stream => Assert.True(stream.Names.All(name => name == "service-7") && stream.Removed == 0));
    }

    [Fact]
    public async Task A_connection_that_no_longer_passes_anything_is_left_by_the_client_and_forgotten_by_the_control_plane()
    {
        var sent = new SentResources();
        await using var host = await ControlPlaneHarness.Start(more: builder =>
        {
            sent.Watch(builder);
            builder.Services.PostConfigure<KestrelServerOptions>(kestrel =>
            {
                Assert.InRange(kestrel.Limits.Http2.KeepAlivePingDelay, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
                kestrel.Limits.Http2.KeepAlivePingDelay = kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(2);
            });
        });
        Register(host, 1);
        await host.Compiled();
        await using var between = new FaultyTcp(host.Address.Port);
        var options = RunningAdsClient.Options(new Uri($"http://127.0.0.1:{between.Port}"));
        options.PingAfter = options.PingTimeout = TimeSpan.FromSeconds(2);
        await using var client = new RunningAdsClient(options);
        await client.Config.Ready.WaitAsync(Soon, Cancel);
        var first = (await host.Proxies()).Single().ConnectedAt;

        between.Silence();
        await Eventually.True(() => sent.Streams.Count > 1, Soon, "the client has connected anew");
        await Eventually.True(async () => await host.Proxies() is [var only] && only.ConnectedAt > first, Soon,
            "the old stream is no longer listed");
        host.Replica.Register("service-0", "10.0.0.2");
        await Eventually.True(() => client.Config.Snapshot.Clusters.Find("service-0") is { Endpoints.Count: 2 }, Soon, "changes arrive");
    }

    [Fact]
    public async Task A_state_of_the_world_client_that_comes_back_is_sent_what_it_names_and_nothing_else()
    {
        var sent = new SentResources();
        await using var host = await ControlPlaneHarness.Start(more: sent.Watch);
        Register(host, Services);
        await host.Compiled();
        for (var life = 0; life < 3; life++)
        {
            using var stream = new SotwClient(host, "grpc-client");
            foreach (var type in XdsTypes.OfServices) await stream.Ask(type, "service-1", "service-2");
            Assert.Equal((8, 4), (sent.Streams[^1].Resources, sent.Streams[^1].Types));
        }
    }

    private static void Register(ControlPlaneHarness host, int services)
    {
        for (var i = 0; i < services; i++)
            host.Replica.Register($"service-{i.ToString(CultureInfo.InvariantCulture)}", "10.0.0.1", 9_000 + i);
    }

    private static bool IsWhole(ConfigState config)
    {
        var now = config.Snapshot;
        return now.Listeners.Count == Services + 1 && now.Clusters.Count == Services + 1
            && now.Clusters.Find("service-7") is { Endpoints.Count: 1 } && now.Clusters.Find("echo") is { Endpoints.Count: 1 };
    }
}
