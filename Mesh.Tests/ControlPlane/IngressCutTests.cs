using System.Globalization;
using Mesh.DataPlane.Configuration;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.ControlPlane;

/// <summary>
/// Data planes behind an ingress that ends their streams in every way an ingress has, while requests run and services change.
/// </summary>
public class IngressCutTests
{
    private const int Services = 100, Cuts = 6;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(Cut.Stream)]
    [InlineData(Cut.Status)]
    [InlineData(Cut.GoAway)]
    [InlineData(Cut.Connection)]
    public async Task A_gateway_whose_stream_an_ingress_keeps_cutting_loses_no_request_and_no_change_and_is_sent_nothing_twice(Cut how)
    {
        var sent = new SentResources();
        await using var host = await ControlPlaneHarness.Start(more: sent.Watch);
        await using var upstream = await TestUpstream.Named("ok");
        host.Replica.Register("echo", "127.0.0.1", upstream.Port);
        for (var i = 0; i < Services; i++) host.Replica.Register(Name(i), "10.0.0.1", 9_000 + i);
        await host.Compiled();
        await using var ingress = await CuttingIngress.Start(host.Address);
        await using var gateway = await RunningGateway.Start(ingress.Address);
        var config = gateway.Services.GetRequiredService<ConfigState>();
        await Eventually.True(
            () => config.Snapshot.Listeners.Count == Services + 1 && config.Snapshot.Clusters.Count == Services + 1
                && config.Snapshot.Clusters.Find("echo") is { Endpoints.Count: 1 }, Soon, "the gateway knows every service");
        Assert.Equal(4 * (Services + 1), sent.Streams.Single().Resources);
        await host.Synced();

        var changed = new List<string>();
        await using var load = new SteadyLoad(gateway, "/echo/", 4);
        for (var cut = 0; cut < Cuts; cut++)
        {
            // One change is on its way when the stream ends, one comes while there is none.
            Change(host, changed, 2 * cut);
            ingress.End(how);
            Change(host, changed, (2 * cut) + 1);
            var (streams, answered) = (sent.Streams.Count, load.Answered);
            await Eventually.True(() => changed.All(name => config.Snapshot.Clusters.Find(name) is { Endpoints.Count: 2 }), Soon,
                $"every change has come after cut {cut + 1}");
            await Eventually.True(() => sent.Streams.Count > cut + 1 && load.Answered > answered + 10, Soon,
                "there is another stream, and requests go on");
            Assert.True(config.Snapshot.Clusters.Count == Services + 1 && config.Snapshot.Listeners.Count == Services + 1,
                "the gateway has let go of a service");
            // What it has not acknowledged may be sent again, and that is not what is looked at here.
            await host.Synced();
        }

        Assert.Empty(await load.Stop());
        var again = sent.Streams.Skip(1).ToList();
        Assert.True(again.Count >= Cuts);
        Assert.All(again, stream => Assert.Equal(0, stream.Removed));
        Assert.Empty(again.SelectMany(stream => stream.Names).Except(changed));
        // Each change is the endpoints of one service; one that was cut on its way is sent twice.
        Assert.InRange(again.Sum(stream => stream.Resources), Cuts, 2 * changed.Count);
    }

    private static string Name(int service) => $"service-{service.ToString(CultureInfo.InvariantCulture)}";

    private static void Change(ControlPlaneHarness host, List<string> changed, int service)
    {
        changed.Add(Name(service));
        host.Replica.Register(Name(service), "10.0.0.2", 9_000 + service);
    }
}
