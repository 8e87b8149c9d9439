using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Net.Client;
using Mesh.Contracts.Rest;
using Mesh.DataPlane.Ads;
using Mesh.DataPlane.Routing;
using Mesh.Kernel.Xds;
using Mesh.Tests.Cli;
using Mesh.Tests.Conformance;
using Mesh.Tests.ControlPlane;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Registry;
using Mesh.Tests.Support;
using Mesh.Xds.Resources;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Flow;

/// <summary>A rollout whose resources are really broken: data planes find that out by themselves.</summary>
public sealed class RolloutRefusalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly FaultSwitch _faults = new() { Breaks = "shop", OnlyRolledOut = true };

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broken_cluster_that_one_gateway_gets_is_refused_by_it_halts_the_rollout_and_reaches_no_other()
    {
        await using var registry = new SharedRegistry();
        await registry.InitializeAsync();
        await using var shop = await Upstream.StartAsync("shop");
        await registry.Register($$"""{"name":"shop","url":"{{shop.Url}}"}""");
        await using var redis = new RedisProgram();
        await redis.Start();
        await using var controlPlane = await RunningControlPlane.Start(new Uri($"http://127.0.0.1:{FreePort.Next()}"), registry.Address,
            redis.ConnectionString, _faults);

        // Nobody else writes: the rollout's id is known before it starts, and so is who will be in a share of it.
        var draw = $"r{await registry.Head() + 1}";
        string[] names = [.. Enumerable.Range(0, 4).Select(n => $"gateway-{n}")];
        var percent = Enumerable.Range(1, 100).First(share => names.Any(new XdsRollout(draw, share, 0).Takes));
        var chosen = Assert.Single(names, new XdsRollout(draw, percent, 0).Takes);
        var watcher = Enumerable.Range(0, 1_000).Select(n => $"watcher-{n}").First(name => !new XdsRollout(draw, percent, 0).Takes(name));
        var gateways = new Dictionary<string, RunningGateway>();
        using var channel = GrpcChannel.ForAddress(controlPlane.Address);
        using var raw = new DeltaClient(channel, DeltaClient.NodeOf(watcher, "*"));
        try
        {
            foreach (var name in names) gateways[name] = await RunningGateway.Start(controlPlane.Address, null, $"--Mesh:NodeId={name}");
            foreach (var gateway in gateways.Values) await gateway.Knows("shop", 1);
            foreach (var type in XdsTypes.OfServices)
            {
                await raw.Subscribe(type, "*");
                await raw.Until(r => r.TypeUrl == type.Url);
            }

            await Eventually.True(
                async () => await Table(controlPlane) is var all && all.Count == names.Length + 1
                    && all.All(c => c.Types.Count == XdsTypes.OfServices.Count && c.Types.All(t => t.State == "SYNCED")),
                Patience, "all clients hold everything");
            raw.Bytes = 0;
            var before = await Others(controlPlane, chosen);
            var received = names.ToDictionary(name => name, name => Held(gateways[name]));

            var (answered, started, _) = await registry.Send(HttpMethod.Post, "/api/traffic/rollouts",
                $$$"""{"service":"shop","percent":{{{percent}}},"bake":"1h","routes":[{"service":"shop","name":"beta","match":"""
                    + $$$"""[{"path":{"prefix":"/b"}}],"destinations":[{"service":"shop"}]}]}""");
            Assert.True(answered is 200 or 201, started.ToString());
            Assert.Equal(draw, (await Rollout(registry)).GetProperty("id").GetString());

            await Eventually.True(async () => (await controlPlane.Client(chosen))!.Types.Any(t => t.State == "NACKED"), Patience,
                "the gateway has refused the broken cluster");
            var words = (await controlPlane.Client(chosen))!.Types.Single(t => t.Nack is not null).Nack!;
            Assert.Contains("'shop'", words, StringComparison.Ordinal);
            Assert.Contains("lb_policy", words, StringComparison.Ordinal);
            using var cli = new CliProgram();
            var status = await cli.Mesh("proxy", "status", $"--control-plane={controlPlane.Address}");
            var refused = Assert.Single(status.Output.Split('\n'), line => line.Contains("NACKED", StringComparison.Ordinal));
            Assert.StartsWith(chosen, refused, StringComparison.Ordinal);
            Assert.Contains(words, refused, StringComparison.Ordinal);
            // The one that refused it goes on with what was last good.
            foreach (var gateway in gateways.Values) await Serves(gateway);

            // Nobody has judged the rollout so far, so that there was time to look: one that goes back heals the refusal at once.
            await using var worker = ChildProcess.Start("Mesh.Worker", new Dictionary<string, string?>
            {
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{FreePort.Next()}", ["Mesh__Registry"] = registry.Address.ToString(),
                ["ConnectionStrings__redis"] = redis.ConnectionString,
                ["DOTNET_gcServer"] = "0",
            });
            await Eventually.True(async () => (await Rollout(registry)).GetProperty("phase").GetString() == "rolled-back", Patience,
                "the rollout has gone back");
            var ended = await Rollout(registry);
            Assert.Equal(chosen, ended.GetProperty("node").GetString());
            Assert.Contains(words, ended.GetProperty("reason").GetString(), StringComparison.Ordinal);
            await Eventually.True(async () => (await controlPlane.Client(chosen))!.Types.All(t => t is { State: "SYNCED", Nack: null }),
                Patience, "the gateway has again what all have");
            Assert.True(gateways[chosen].Services.GetRequiredService<AdsClient>().Status.Nacks > 0);

            // No other one was sent anything, nor has made anything new of what it has.
            Assert.Equal(before, await Others(controlPlane, chosen));
            foreach (var name in names.Where(name => name != chosen)) Assert.Equal(received[name], Held(gateways[name]));
            foreach (var gateway in gateways.Values) await Serves(gateway);

            // The next thing that any other client hears of is another instance.
            await registry.Register("""{"name":"shop","url":"http://127.0.0.1:9","instanceId":"late"}""");
            var next = await raw.Next(ack: true);
            Assert.Equal((XdsTypes.ClusterLoadAssignment.Url, (long)next.CalculateSize()), (next.TypeUrl, raw.Bytes));
        }
        finally
        {
            foreach (var gateway in gateways.Values) await gateway.DisposeAsync();
        }
    }

    private static (RoutingSnapshot Snapshot, DateTimeOffset? LastResponse, long Nacks) Held(RunningGateway gateway)
    {
        var client = gateway.Services.GetRequiredService<AdsClient>();
        return (client.Config.Snapshot, client.Status.LastResponse, client.Status.Nacks);
    }

    private static async Task Serves(RunningGateway gateway)
    {
        foreach (var path in new[] { "/a", "/b" })
        {
            Assert.Equal($"shop {path}", await gateway.Http.GetStringAsync($"/shop{path}", Ending));
        }
    }

    private static async Task<JsonElement> Rollout(SharedRegistry registry) => (await registry.Get("/api/traffic/rollouts/shop")).Body;

    private static async Task<IReadOnlyList<ProxyAnswer>> Table(RunningControlPlane controlPlane) =>
        (await controlPlane.Http.GetFromJsonAsync("/api/v1/proxies", RestJson.Default.ProxyListAnswer, Ending))!.Items;

    // Sequences move on with the log where nothing is sent, since what a client has stands for the new one too.
    private static async Task<List<(string, string, string?, string?, DateTimeOffset?, string?, string?)>> Others(
        RunningControlPlane controlPlane, string chosen) =>
        [.. (await Table(controlPlane)).Where(c => c.Node != chosen)
            .SelectMany(c => c.Types.Select(t => (c.Node, t.Type, t.SentVersion, t.AckedVersion, t.Time, t.State, t.Nack)))];
}
