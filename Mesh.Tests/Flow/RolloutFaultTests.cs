using System.Text.Json;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Xds;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>Rollouts while parts of the mesh are unavailable: real processes that are killed, real data planes as clients.</summary>
public sealed class RolloutFaultTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_nobody_can_see_the_clients_a_rollout_is_paused_and_goes_on_when_they_are_seen_again()
    {
        await using var mesh = await AspireMesh.StartAsync();
        await using var clients = await Clients.Of(mesh);
        var id = await Start(mesh, "beta", bake: "20s");
        await clients.Have(id, "beta");
        // Clients that were slow to answer have paused it too: that must be over.
        await Phase(mesh, "running");
        await mesh.Kill("redis");

        await Phase(mesh, "paused");
        var paused = await Rollout(mesh);
        Assert.Contains("Redis is unavailable", paused.GetProperty("reason").GetString(), StringComparison.Ordinal);
        clients.AreInShareOnly(id, "beta");

        await mesh.StartPart("redis");
        await Phase(mesh, "completed");
        Assert.Equal(id, (await Rollout(mesh)).GetProperty("id").GetString());
        await clients.AllHave("beta");
        Assert.Contains("cdaprod.mesh.traffic.rollout-resumed", await Course(mesh), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Registry_control_plane_and_worker_killed_in_mid_rollout_change_nothing_of_its_outcome()
    {
        await using var mesh = await AspireMesh.StartAsync();
        await using var clients = await Clients.Of(mesh);

        // One that bakes for long: after the kill the same clients have it, and no other one.
        var id = await Start(mesh, "beta", bake: "1h");
        await clients.Have(id, "beta");
        var before = await clients.Receipts(id);
        await KillAll(mesh);
        clients.AreInShareOnly(id, "beta");
        await StartAll(mesh);
        await Eventually.True(async () => (await clients.Receipts(id)).SequenceEqual(before), Patience,
            "the same clients have acknowledged it");
        clients.AreInShareOnly(id, "beta");
        Assert.Equal((id, Percent),
            ((await Rollout(mesh)).GetProperty("id").GetString(), (await Rollout(mesh)).GetProperty("percent").GetInt32()));
        await Send(mesh, "/api/traffic/rollouts/shop/abort", "{}");
        await clients.NoneHas("beta");

        // One that would complete by itself still does.
        await Start(mesh, "gamma", bake: "3s");
        await KillAll(mesh);
        await StartAll(mesh);
        await Phase(mesh, "completed");
        await clients.AllHave("gamma");
    }

    private const int Percent = 50;

    private static async Task KillAll(AspireMesh mesh)
    {
        await mesh.Kill("registry");
        await mesh.Kill("controlplane");
        await mesh.Kill("worker");
    }

    private static async Task StartAll(AspireMesh mesh)
    {
        await mesh.StartPart("registry");
        await mesh.StartPart("controlplane");
        await mesh.StartPart("worker");
    }

    private static async Task<string> Start(AspireMesh mesh, string route, string bake)
    {
        await Send(mesh, "/api/traffic/rollouts",
            $$$"""{"service":"shop","percent":{{{Percent}}},"bake":"{{{bake}}}","routes":"""
                + $$$"""[{"service":"shop","name":"{{{route}}}","match":[{"path":{"prefix":"/{{{route}}}"}}],"destinations":"""
                + $$$"""[{"service":"shop"}]}]}""");
        return (await Rollout(mesh)).GetProperty("id").GetString()!;
    }

    private static async Task Send(AspireMesh mesh, string path, string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await mesh.Http.PostAsync($"{mesh.Registry}{path}", content, Ending);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ending));
    }

    private static Task<JsonElement> Rollout(AspireMesh mesh) => mesh.Get($"{mesh.Registry}/api/traffic/rollouts/shop");

    private static Task Phase(AspireMesh mesh, string phase) => Eventually.True(
        async () => (await Rollout(mesh)).GetProperty("phase").GetString() == phase, Patience, $"the rollout is {phase}");

    private static async Task<string> Course(AspireMesh mesh) => (await mesh.Get($"{mesh.Registry}/api/v1/events?limit=1000")).ToString();

    /// <summary>Data planes of the mesh; at each rollout some belong to its share and some do not.</summary>
    private sealed class Clients(AspireMesh mesh) : IAsyncDisposable
    {
        private readonly Dictionary<string, RunningAdsClient> _all = [];

        public static async Task<Clients> Of(AspireMesh mesh)
        {
            await mesh.Register(new() { Name = "shop", Url = "http://127.0.0.1:9", Version = "v1" });
            var clients = new Clients(mesh);
            // So many that the draw leaves none of the two sides empty but once in half a million.
            foreach (var name in Enumerable.Range(0, 20).Select(n => $"client-{n}"))
            {
                var options = RunningAdsClient.Options(new Uri(mesh.ControlPlane));
                options.NodeId = name;
                clients._all[name] = new RunningAdsClient(options);
            }

            await Eventually.True(() => clients._all.Values.All(client => client.Config.Snapshot.Listeners.Find("shop") is not null),
                Patience, "all know the service");
            return clients;
        }

        /// <summary>Waits until the share has a route and has said so.</summary>
        public async Task Have(string id, string route)
        {
            await Eventually.True(
                async () => (await Receipts(id)) is var receipts
                    && receipts.SequenceEqual(Share(id).Order(StringComparer.Ordinal).Select(name => $"{name} acked")), Patience,
                    "the share has acknowledged it");
            AreInShareOnly(id, route);
        }

        /// <summary>What the applied table says of our clients.</summary>
        public async Task<List<string>> Receipts(string id) =>
            [.. JsonSerializer.Deserialize((await mesh.Get($"{mesh.ControlPlane}/api/v1/proxies")).GetRawText(),
                RestJson.Default.ProxyListAnswer)!.Items
                .Where(client => _all.ContainsKey(client.Node) && client.Rollouts?.ContainsKey(id) == true)
                .Select(client => $"{client.Node} {client.Rollouts![id]}").Order(StringComparer.Ordinal)];

        public void AreInShareOnly(string id, string route)
        {
            var share = Share(id).ToHashSet();
            Assert.InRange(share.Count, 1, _all.Count - 1);
            Assert.All(_all, client => Assert.Equal(share.Contains(client.Key), Has(client.Value, route)));
        }

        public Task AllHave(string route) =>
            Eventually.True(() => _all.Values.All(client => Has(client, route)), Patience, $"all have {route}");

        public Task NoneHas(string route) =>
            Eventually.True(() => !_all.Values.Any(client => Has(client, route)), Patience, $"nobody has {route}");

        public async ValueTask DisposeAsync()
        {
            foreach (var client in _all.Values) await client.DisposeAsync();
        }

        private IEnumerable<string> Share(string id) => _all.Keys.Where(new XdsRollout(id, Percent, 0).Takes);

        private static bool Has(RunningAdsClient client, string route) =>
            client.Config.Snapshot.Listeners.Find("shop")?.Hosts?.Hosts.Any(host => host.Routes.Any(one => one.Name == route)) == true;
    }
}
