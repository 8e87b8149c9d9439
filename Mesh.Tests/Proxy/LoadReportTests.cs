using Mesh.Kernel.Loads;
using Mesh.Tests.ControlPlane;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Proxy;

/// <summary>What the gateway reports of its requests to a real control plane, into windows in a real Redis.</summary>
public sealed class LoadReportTests(RedisProgram redis) : IClassFixture<RedisProgram>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_request_is_in_the_windows_with_its_outcome_and_its_time()
    {
        await using var host = await Start("00:00:00.2");
        var asked = 0;
        await using var upstream = await TestUpstream.Start(async context =>
        {
            await Task.Delay(10, context.RequestAborted);
            context.Response.StatusCode = Interlocked.Increment(ref asked) % 5 == 0 ? 500 : asked % 5 == 1 ? 404 : 200;
        });
        host.Replica.Register("shop", "127.0.0.1", upstream.Port, zone: "z1");
        await using var gateway = await RunningGateway.Start(host.Address);
        await gateway.Knows("shop", 1);
        for (var i = 0; i < 100; i++)
        {
            using var answer = await gateway.Http.GetAsync("/shop/", Token);
        }

        await Counts(host, "shop", 80, 20);
        var load = (await Read(host, "shop"))!;
        Assert.Equal(100, load.Timed);
        // What the upstream alone takes, less what a timer may be early by.
        Assert.InRange(load.MeanMilliseconds!.Value, 8, 10_000);
    }

    [Fact]
    public async Task What_happens_while_the_control_plane_is_away_is_reported_to_the_next_one()
    {
        var replica = new FakeReplica();
        await using var upstream = await TestUpstream.Named("one");
        replica.Register("away", "127.0.0.1", upstream.Port);
        var first = await Start("00:00:00.2", replica);
        await using var gateway = await RunningGateway.Start(first.Address);
        await gateway.Knows("away", 1);
        await Ask(gateway, "away", 10);
        await Counts(first, "away", 10, 0);

        await first.DisposeAsync();
        // What is written before the loss is noticed can be lost with the connection.
        await Eventually.True(async () => !(bool)(await gateway.Config())["controlPlane"]!["connected"]!, Patience, "the loss is noticed");
        await Ask(gateway, "away", 25);
        await using var second = await Start("00:00:00.2", replica, first.Address);
        await Counts(second, "away", 35, 0);
        await Ask(gateway, "away", 5);
        await Counts(second, "away", 40, 0);
    }

    [Theory]
    [InlineData(Cut.Stream)]
    [InlineData(Cut.Status)]
    [InlineData(Cut.Connection)]
    public async Task Streams_that_an_ingress_cuts_go_on_and_no_request_counts_twice(Cut how)
    {
        await using var upstream = await TestUpstream.Named("one");
        var service = $"cut-{how}".ToLowerInvariant();
        await using var host = await Start("00:00:00.2");
        host.Replica.Register(service, "127.0.0.1", upstream.Port);
        await using var ingress = await CuttingIngress.Start(host.Address);
        await using var gateway = await RunningGateway.Start(ingress.Address);
        await gateway.Knows(service, 1);
        for (var cut = 1; cut <= 4; cut++)
        {
            await Ask(gateway, service, 10);
            await Counts(host, service, 10 * cut, 0);
            // What is written before the loss is noticed can be lost with the stream; nothing is on its way now.
            var streams = ingress.Paths.Count(path => path.EndsWith("/StreamLoadStats", StringComparison.Ordinal));
            ingress.End(how);
            await Eventually.True(() => ingress.Paths.Count(path => path.EndsWith("/StreamLoadStats", StringComparison.Ordinal)) > streams,
                Patience, "there is another stream");
        }

        await Ask(gateway, service, 10);
        await Counts(host, service, 50, 0);
    }

    [Fact]
    public async Task A_gateway_that_ends_reports_what_it_has_not_reported_yet()
    {
        await using var host = await Start("00:01:00");
        await using var upstream = await TestUpstream.Named("one");
        host.Replica.Register("end", "127.0.0.1", upstream.Port);
        var gateway = await RunningGateway.Start(host.Address);
        await gateway.Knows("end", 1);
        await Ask(gateway, "end", 7);
        await gateway.DisposeAsync();
        await Counts(host, "end", 7, 0);
    }

    private static async Task Ask(RunningGateway gateway, string service, int times)
    {
        for (var i = 0; i < times; i++)
            Assert.Equal("one", await gateway.Http.GetStringAsync($"/{service}/", Token));
    }

    private static async Task<LoadWindow?> Read(ControlPlaneHarness host, string cluster) =>
        await host.Services.GetRequiredService<ILoadWindows>().ReadAsync(cluster, DateTimeOffset.UnixEpoch, Token);

    private static Task Counts(ControlPlaneHarness host, string cluster, long succeeded, long failed) => Eventually.Succeeds(
        async () => Assert.Equal((succeeded, failed), await Read(host, cluster) is { } load ? (load.Succeeded, load.Failed) : default),
        Patience, $"the windows of {cluster} show all requests");

    private async Task<ControlPlaneHarness> Start(string interval, FakeReplica? replica = null, Uri? address = null)
    {
        await redis.Start();
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = redis.ConnectionString,
            ["Mesh:ControlPlane:LoadReportInterval"] = interval,
        };
        // A port that nobody takes while the control plane is unavailable.
        settings["urls"] = address is null ? $"http://127.0.0.1:{FreePort.Next()}" : $"http://{address.Authority}";
        return await ControlPlaneHarness.Start(replica, settings);
    }
}
