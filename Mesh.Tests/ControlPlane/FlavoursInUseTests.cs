using System.Net;
using System.Text.Json;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Xds;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.ControlPlane;

/// <summary>What the first client of a flavour gets of a real control plane, and when.</summary>
public sealed class FlavoursInUseTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_control_plane_without_clients_is_ready_and_has_compiled_nothing()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("echo", "10.0.0.1");
        await host.Compiled();

        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("/health/ready", Token)).StatusCode);
        Assert.All(Enum.GetValues<XdsFlavour>(), flavour => Assert.Equal(0, Compiler(host).WorkFor(flavour)));
        Assert.Empty(await InUse(host));
    }

    [Theory]
    [InlineData(XdsFlavour.Grpc)]
    [InlineData(XdsFlavour.Envoy)]
    [InlineData(XdsFlavour.Mesh)]
    public async Task The_first_stream_of_a_flavour_gets_everything_at_once(XdsFlavour flavour)
    {
        await using var host = await ControlPlaneHarness.Start();
        for (var n = 0; n < 300; n++) host.Replica.Register($"s{n}", "10.0.0.1");
        await host.Compiled();
        var clients = Enumerable.Range(0, 2).Select(n => new DeltaClient(host.Channel, NodeOf($"n{n}", flavour))).ToList();
        foreach (var client in clients) await client.Subscribe(XdsTypes.Cluster, "*");
        foreach (var client in clients)
        {
            using (client)
            {
                var first = await client.Next();
                Assert.Equal((300, "300"), (first.Resources.Count, first.SystemVersionInfo));
                Assert.Empty(first.RemovedResources);
            }
        }

        Assert.Equal(300, Compiler(host).WorkFor(flavour));
        Assert.Equal([flavour], Compiler(host).InUse);
        Assert.Equal([flavour.ToString().ToLowerInvariant()], await InUse(host));
    }

    [Fact]
    public async Task A_first_stream_is_answered_when_its_flavour_is_compiled_and_not_before()
    {
        using var gate = new ManualResetEventSlim();
        var envoy = new DraftsForTests(XdsFlavour.Envoy) { Gate = gate };
        await using var host = await ControlPlaneHarness.Start(more: builder => builder.Services.AddSingleton<IXdsContributor>(envoy));
        var hub = host.Services.GetRequiredService<SnapshotHub>();
        for (var n = 0; n < 20; n++) host.Replica.Register($"s{n}", "10.0.0.1");
        await host.Compiled();
        using var mesh = new DeltaClient(host, "mesh", "*");
        await mesh.Subscribe(XdsTypes.Cluster, "*");
        Assert.Equal(20, (await mesh.Next(ack: true)).Resources.Count);

        using var first = new DeltaClient(host.Channel, NodeOf("first", XdsFlavour.Envoy));
        await first.Subscribe(XdsTypes.Cluster, "*", "s3", "late");
        var answer = first.Next();
        await envoy.Waits.WaitAsync(Patience, Token);
        using var second = new DeltaClient(host.Channel, NodeOf("second", XdsFlavour.Envoy));
        await second.Subscribe(XdsTypes.Cluster, "*");
        var other = second.Next();
        // Changes that come meanwhile, also that the log was another one all the time, wait for it.
        host.Replica.Register("late", "10.0.0.1");
        host.Replica.Discard(host.Replica.Current);
        Assert.False(hub.Current.Has(XdsFlavour.Envoy));
        Assert.True(hub.Current.Has(XdsFlavour.Mesh));
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("/health/ready", Token)).StatusCode);
        Assert.False(answer.IsCompleted || other.IsCompleted);
        gate.Set();

        Assert.Superset(Enumerable.Range(0, 20).Select(n => $"s{n}").ToHashSet(), (await answer).Resources.Select(r => r.Name).ToHashSet());
        Assert.DoesNotContain("late", (await answer).RemovedResources);
        Assert.Superset(Enumerable.Range(0, 20).Select(n => $"s{n}").ToHashSet(), (await other).Resources.Select(r => r.Name).ToHashSet());
        await Eventually.True(() => hub.Current[XdsFlavour.Envoy].Find(XdsTypes.Cluster, "late") is not null, Patience,
            "the change that came meanwhile");
    }

    [Fact]
    public async Task Streams_of_new_flavours_amid_changes_get_what_was_there_and_never_go_back()
    {
        var random = TestSeed.Draws(3007);
        await using var host = await ControlPlaneHarness.Start();
        for (var n = 0; n < 100; n++) host.Replica.Register($"s{n}", "10.0.0.1");
        await host.Compiled();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var changes = Task.Run(async () =>
        {
            for (var n = 0; !stop.IsCancellationRequested; n++)
            {
                host.Replica.Register($"s{random.Next(120)}", $"10.0.{n / 250 % 250}.{1 + (n % 250)}");
                if (n % 40 == 39) host.Replica.Discard(host.Replica.Current);
                if (n % 8 == 7) await Task.Yield();
            }
        }, Token);

        await Task.WhenAll(Enum.GetValues<XdsFlavour>().SelectMany(flavour => Enumerable.Range(0, 2).Select(n => Task.Run(async () =>
        {
            var known = host.Services.GetRequiredService<SnapshotHub>().Current.Sequence;
            using var client = new DeltaClient(host.Channel, NodeOf($"{flavour}-{n}", flavour));
            await client.Subscribe(XdsTypes.Cluster, "*");
            var held = new HashSet<string>();
            for (var taken = 0; taken < 3; taken++)
            {
                // Clusters are asked for alone, and only new services change them.
                if (taken > 0) await client.Subscribe(XdsTypes.Cluster, $"s{taken}");
                var response = await client.Next(ack: true);
                Assert.Empty(response.RemovedResources);
                held.UnionWith(response.Resources.Select(r => r.Name));
                Assert.Superset(Enumerable.Range(0, 100).Select(s => $"s{s}").ToHashSet(), held);
                var sequence = long.Parse(response.SystemVersionInfo, System.Globalization.CultureInfo.InvariantCulture);
                Assert.True(sequence >= known, $"{flavour} was at {known} and got {sequence}");
                known = sequence;
            }
        }, Token))));
        await stop.CancelAsync();
        await changes;
        output.WriteLine($"{host.Replica.Current.Sequence} entries");
    }

    [Fact]
    public async Task What_does_not_compile_for_a_flavour_is_shown_when_its_first_client_comes()
    {
        var envoy = new DraftsForTests(XdsFlavour.Envoy) { Faults = { ["bad"] = "no port for 'bad'" } };
        await using var host = await ControlPlaneHarness.Start(more: builder => builder.Services.AddSingleton<IXdsContributor>(envoy));
        host.Replica.Register("bad", "10.0.0.1");
        host.Replica.Register("good", "10.0.0.1");
        await host.Compiled();
        using var mesh = new DeltaClient(host, "mesh", "*");
        await mesh.Subscribe(XdsTypes.Cluster, "*");
        await mesh.Next(ack: true);
        Assert.Empty((await Served(host)).GetProperty("problems").EnumerateObject());

        using var client = new DeltaClient(host.Channel, NodeOf("first", XdsFlavour.Envoy));
        await client.Subscribe(XdsTypes.Cluster, "*");
        Assert.Equal(["good"], (await client.Next(ack: true)).Resources.Select(r => r.Name));
        Assert.Equal("no port for 'bad'", (await Served(host)).GetProperty("problems").GetProperty("bad")[0].GetString());
    }

    [Fact]
    public async Task A_question_about_a_flavour_brings_it_into_use_as_its_first_client_would()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("echo", "10.0.0.1");
        await host.Compiled();
        Assert.Equal(["envoy"], Named(await Served(host, "?flavour=envoy")));
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("/api/v1/traffic/explain?to=echo", Token)).StatusCode);
        Assert.Equal(["envoy", "mesh"], await InUse(host));

        var wrong = await host.Http.GetAsync("/api/v1/xds?flavour=1", Token);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("grpc, envoy or mesh", await wrong.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task A_question_before_there_is_a_state_is_answered_with_503()
    {
        await using var host = await ControlPlaneHarness.Start(
            new FakeReplica(ready: false), new Dictionary<string, string?> { ["Mesh:ControlPlane:ServeBehindAfter"] = "00:00:00.2" });
        foreach (var path in (string[])["/api/v1/xds?flavour=mesh", "/api/v1/traffic/explain?to=echo"])
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.Http.GetAsync(path, Token)).StatusCode);
    }

    [Fact]
    public async Task A_standby_compiles_from_the_start_for_the_flavours_in_its_settings()
    {
        await using var host = await ControlPlaneHarness.Start(settings: new Dictionary<string, string?>
        {
            ["Mesh:ControlPlane:Flavours"] = "grpc, mesh",
        });
        host.Replica.Register("echo", "10.0.0.1");
        await host.Compiled();

        Assert.Equal(["grpc", "mesh"], await InUse(host));
        Assert.Equal((1, 0, 1),
            (Compiler(host).WorkFor(XdsFlavour.Grpc), Compiler(host).WorkFor(XdsFlavour.Envoy), Compiler(host).WorkFor(XdsFlavour.Mesh)));
    }

    private static Node NodeOf(string id, XdsFlavour flavour)
    {
        var node = DeltaClient.NodeOf(id, "*");
        node.Metadata.Fields["mesh.flavour"] = Google.Protobuf.WellKnownTypes.Value.ForString(flavour.ToString().ToLowerInvariant());
        return node;
    }

    private static XdsCompiler Compiler(ControlPlaneHarness host) => host.Services.GetRequiredService<XdsCompiler>();

    private static async Task<JsonElement> Served(ControlPlaneHarness host, string query = "") =>
        JsonElement.Parse(await host.Http.GetStringAsync("/api/v1/xds" + query, Token));

    private static async Task<IEnumerable<string>> InUse(ControlPlaneHarness host) => Named(await Served(host));

    private static IEnumerable<string> Named(JsonElement served) =>
        served.GetProperty("flavours").EnumerateArray().Where(f => f.GetProperty("inUse").GetBoolean())
            .Select(f => f.GetProperty("flavour").GetString()!);
}
