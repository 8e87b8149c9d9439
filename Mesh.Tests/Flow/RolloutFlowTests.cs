using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Net.Client;
using Mesh.Kernel.Xds;
using Mesh.Tests.Cli;
using Mesh.Tests.ControlPlane;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Flow;

/// <summary>Staged rollouts and receipts over the whole way: real processes, raw streams as clients.</summary>
public sealed class RolloutFlowTests
{
    private const string Words = "route 'beta' cannot be read: the test has switched a fault on";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refusal_by_one_client_shows_with_its_text_stops_the_rollout_and_leaves_all_others_untouched()
    {
        await using var mesh = await AspireMesh.StartAsync();
        await mesh.Register(new() { Name = "shop", Url = "http://127.0.0.1:9", Version = "v1" });
        using var channel = GrpcChannel.ForAddress(mesh.ControlPlane);
        var clients = new Dictionary<string, DeltaClient>();
        // So many that the draw leaves none of the two sides empty but once in half a million.
        foreach (var n in Enumerable.Range(0, 20)) clients[$"client-{n}"] = await Connect(channel, $"client-{n}");
        try
        {
            var (share, others) = await Start(mesh, clients, percent: 50, path: "/b");
            foreach (var (name, client) in share)
            {
                var changed = await client.Until(r => r.TypeUrl == XdsTypes.RouteConfiguration.Url, answer: false);
                Assert.Equal(["beta", "default"], Names(changed));
                if (name == share[0].Name) await client.Nack(changed, Words);
                else await client.Ack(changed);
            }

            var ended = await Phase(mesh, "rolled-back");
            Assert.Equal(share[0].Name, ended.GetProperty("node").GetString());
            Assert.Contains(Words, ended.GetProperty("reason").GetString(), StringComparison.Ordinal);
            using var cli = new CliProgram();
            var status = await cli.Mesh("proxy", "status", $"--control-plane={mesh.ControlPlane}");
            var refused = Assert.Single(status.Output.Split('\n'), line => line.Contains("NACKED", StringComparison.Ordinal));
            Assert.StartsWith(share[0].Name, refused, StringComparison.Ordinal);
            Assert.Contains(Words, refused, StringComparison.Ordinal);
            var told = await cli.Mesh("traffic", "rollout", "status", $"--registry={mesh.Registry}");
            Assert.Contains("rolled-back", told.Output, StringComparison.Ordinal);

            // The share has again what it had; to the others the next thing that happens is another service's instance.
            foreach (var (_, client) in share)
                Assert.Equal(["default"], Names(await client.Until(r => r.TypeUrl == XdsTypes.RouteConfiguration.Url)));
            await mesh.Register(new() { Name = "shop", Url = "http://127.0.0.1:10", Version = "v1" });
            foreach (var (_, client) in others) Assert.Equal(XdsTypes.ClusterLoadAssignment.Url, (await client.Next(ack: true)).TypeUrl);
            foreach (var (_, client) in share) await client.Until(r => r.TypeUrl == XdsTypes.ClusterLoadAssignment.Url);

            // A change that nobody refuses completes by itself.
            (share, others) = await Start(mesh, clients, percent: 50, path: "/c");
            foreach (var (_, client) in share) await client.Until(r => r.TypeUrl == XdsTypes.RouteConfiguration.Url);
            await Phase(mesh, "completed");
            foreach (var (_, client) in others)
                Assert.Equal(["beta", "default"], Names(await client.Until(r => r.TypeUrl == XdsTypes.RouteConfiguration.Url)));
            Assert.Equal("beta",
                (await mesh.Get($"{mesh.Registry}/api/traffic/routes")).GetProperty("items")[0].GetProperty("name").GetString());
        }
        finally
        {
            foreach (var client in clients.Values) client.Dispose();
        }
    }

    [Fact]
    public async Task The_same_rules_again_add_no_event_and_push_no_byte()
    {
        await using var mesh = await AspireMesh.StartAsync();
        await mesh.Register(new() { Name = "shop", Url = "http://127.0.0.1:9", Version = "v1" });
        using var channel = GrpcChannel.ForAddress(mesh.ControlPlane);
        using var client = await Connect(channel, "watching");
        using var gateway = await Connect(channel, "everything", "*");
        (HttpMethod Method, string Path, string Body)[] rules =
        [
            (HttpMethod.Post, "/api/traffic/routes",
                """{"service":"shop","name":"a","match":[{"path":{"prefix":"/a"}}],"destinations":["""
                    + """{"service":"shop@v1"}],"timeout":"2s"}"""),
            (HttpMethod.Post, "/api/traffic/routes",
                """{"service":"shop","name":"s","match":[{"source":{"service":"web"}}],"destinations":[{"service":"shop@v1"}]}"""),
            (HttpMethod.Put, "/api/traffic/policies/shop", """{"loadBalancing":{"policy":"random"}}"""),
            (HttpMethod.Post, "/api/resilience/circuit-breakers", """{"service":"shop","threshold":5,"maxRequests":100}"""),
            (HttpMethod.Post, "/api/resilience/bulkheads", """{"service":"shop","maxConcurrent":50,"maxQueued":10}"""),
            (HttpMethod.Post, "/api/traffic/rollouts",
                """{"service":"shop","percent":100,"bake":"1h","routes":[{"service":"shop","name":"b","match":[{"path":"""
                    + """{"prefix":"/b"}}],"destinations":[{"service":"shop@v1"}]}]}"""),
        ];
        foreach (var (method, path, body) in rules)
            Assert.True((await Send(mesh, method, path, body)).GetProperty("changed").GetBoolean(), path);
        // Both clients are to hold all of it before anything is said again.
        foreach (var one in new[] { client, gateway })
            await one.Until(r => r.TypeUrl == XdsTypes.RouteConfiguration.Url && Names(r).Contains("b"));
        await Eventually.True(async () => (await mesh.Get($"{mesh.ControlPlane}/api/v1/proxies")).GetProperty("items").EnumerateArray()
            .Where(p => p.GetProperty("node").GetString() is "watching" or "everything")
            .All(p => p.GetProperty("types").EnumerateArray().All(t => t.GetProperty("state").GetString() == "SYNCED")), Patience,
            "both hold everything");
        foreach (var one in new[] { client, gateway }) one.Bytes = 0;
        var before = await RuleEvents(mesh);
        Assert.Equal(rules.Length, before.Count);

        foreach (var (method, path, body) in rules)
        {
            var again = await Send(mesh, method, path, body);
            Assert.False(again.GetProperty("changed").GetBoolean(), path);
        }

        // Workers may write of instances meanwhile; nobody has written of rules.
        Assert.Equal(before, await RuleEvents(mesh));

        var last = await mesh.Register(new() { Name = "shop", Url = "http://127.0.0.1:10", Version = "v1" });
        foreach (var one in new[] { client, gateway })
        {
            var next = await one.Next(ack: true);
            Assert.Equal(XdsTypes.ClusterLoadAssignment.Url, next.TypeUrl);
            Assert.Equal(last.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture),
                next.SystemVersionInfo);
            Assert.Equal(next.CalculateSize(), one.Bytes);
        }
    }

    private static async Task<(List<(string Name, DeltaClient Client)> Share, List<(string Name, DeltaClient Client)> Others)> Start(
        AspireMesh mesh, Dictionary<string, DeltaClient> clients, int percent, string path)
    {
        await Send(mesh, HttpMethod.Post, "/api/traffic/rollouts",
            $$"""{"service":"shop","percent":{{percent}},"bake":"1s","routes":[{"service":"shop","name":"beta","match":"""
                + $$"""[{"path":{"prefix":"{{path}}"} }],"destinations":[{"service":"shop"}] }] }""");
        var id = (await mesh.Get($"{mesh.Registry}/api/traffic/rollouts/shop")).GetProperty("id").GetString()!;
        var drawn = clients.ToLookup(client => new XdsRollout(id, percent, 0).Takes(client.Key), client => (client.Key, client.Value));
        Assert.NotEmpty(drawn[true]);
        Assert.NotEmpty(drawn[false]);
        return ([.. drawn[true]], [.. drawn[false]]);
    }

    private static async Task<List<string>> RuleEvents(AspireMesh mesh) =>
        [.. (await mesh.Get($"{mesh.Registry}/api/v1/events?limit=1000")).GetProperty("items").EnumerateArray()
            .Where(e => !e.GetProperty("stream").GetString()!.StartsWith("discovery/", StringComparison.Ordinal))
            .Select(e => $"{e.GetProperty("sequence")} {e.GetProperty("type")}")];

    private static async Task<JsonElement> Phase(AspireMesh mesh, string phase)
    {
        await Eventually.True(
            async () => (await mesh.Get($"{mesh.Registry}/api/traffic/rollouts/shop")).GetProperty("phase").GetString() == phase, Patience,
            $"the rollout is {phase}");
        return await mesh.Get($"{mesh.Registry}/api/traffic/rollouts/shop");
    }

    private static async Task<JsonElement> Send(AspireMesh mesh, HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, $"{mesh.Registry}{path}")
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
        };
        using var answer = await mesh.Http.SendAsync(request, Ending);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync(Ending)}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Ending);
    }

    private static async Task<DeltaClient> Connect(GrpcChannel channel, string node, string upstream = "shop")
    {
        var client = new DeltaClient(channel, DeltaClient.NodeOf(node, upstream));
        foreach (var type in XdsTypes.OfServices)
        {
            await client.Subscribe(type, "*");
            await client.Until(r => r.TypeUrl == type.Url && r.Resources.Any(one => one.Name == "shop"));
        }

        return client;
    }

    private static string[] Names(DeltaDiscoveryResponse response) =>
        [.. response.Resources.Where(r => r.Name == "shop").SelectMany(r => r.Resource_.Unpack<RouteConfiguration>().VirtualHosts[0].Routes)
            .Select(r => r.Name)];
}
