using CsCheck;
using Mesh.ControlPlane.Snapshots;
using Mesh.DataPlane.Configuration;
using Mesh.Kernel.State;
using Mesh.Tests.Traffic.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Traffic;

public class RoutePropertyTests
{
    private static readonly Gen<string> Paths = Gen.OneOf(
        """{"path":{"exact":"/a"}}""", """{"path":{"prefix":"/a"}}""", """{"path":{"prefix":"/a/"}}""", """{"path":{"prefix":"/"}}""",
        """{"path":{"template":"/a/{x}/**"}}""", """{"path":{"regex":"/a|/b.*"}}""", """{"grpc":{"service":"a.B"}}""",
        """{"grpc":{"service":"a.B","method":"C"}}""",
        """{"grpc":{"method":"C"}}""", """{"grpc":{}}""", """{"methods":["GET","POST"]}""",
        """{"methods":["PUT"],"path":{"prefix":"/p"}}""",
        """{"headers":[{"name":"x","exact":"","invert":true},{"name":"y","regex":"a+"},{"name":"z","present":false}]}""",
        """{"query":[{"name":"v","suffix":"2"},{"name":"w","present":true}]}""", """{"source":{"service":"web"}}""");

    private static readonly Gen<string> Destinations = Gen.OneOf(
        """[{"service":"shop"}]""", """[{"service":"shop@v1","weight":80},{"service":"shop@v2","weight":20}]""",
        """[{"service":"none"},{"service":"shop","weight":0}]""",
        """[{"service":"cart.prod@v1"},{"service":"shop@named"}]""");

    private static readonly Gen<string> Parts = Gen.OneOf(
        "", ",\"timeout\":\"2s\"", ",\"retry\":{\"attempts\":3,\"on\":[\"5xx\",\"429\",\"unavailable\"],\"perTryTimeout\":\"1s\"}",
        ",\"retry\":{}",
        ",\"rewrite\":{\"path\":\"/x%\",\"host\":\"a.b\"}",
        ",\"headers\":{\"request\":{\"set\":{\"a\":\"%x\"},\"add\":{\"b\":\"\"},\"remove\":[\"c\"]},\"response\":{\"add\":{\"d\":\"e\"}}}",
        ",\"mirror\":[{\"service\":\"shop@v3\",\"percent\":0.5}]",
        ",\"fault\":{\"delay\":{\"fixed\":\"1ms\",\"percent\":0.0001},\"abort\":{\"httpStatus\":503,\"grpcStatus\":\"ABORTED\"}}",
        ",\"fault\":{\"abort\":{\"grpcStatus\":\"UNAVAILABLE\",\"percent\":33.3}}", ",\"rewrite\":{\"prefix\":\"/\"}",
        ",\"rewrite\":{\"prefix\":\"/z\"}",
        ",\"hash\":[{\"header\":\"x\"},{\"cookie\":{\"name\":\"S\",\"ttl\":\"0s\",\"path\":\"/p\"}},{\"sourceIp\":true}]");

    internal static readonly Gen<string> Balancing = Gen.OneOf("least_request", "round_robin", "random", "ring_hash", "maglev");

    private static readonly Gen<string> Actions = Gen.Frequency(
        (8, Gen.Select(Destinations, Parts, (to, more) => $"\"destinations\":{to}{more}")),
        (1, Gen.Const(
            "\"redirect\":{\"scheme\":\"https\",\"host\":\"a.b\",\"port\":8443,\"path\":\"/z\",\"status\":308,\"stripQuery\":true}")),
        (1, Gen.Const("\"redirect\":{\"prefix\":\"/q\"}")),
        (1, Gen.Const("\"directResponse\":{\"status\":418,\"body\":\"teapot\"}")));

    /// <summary>Bodies of routes, most of which are valid.</summary>
    internal static readonly Gen<string> Routes = Gen.Select(
        Gen.OneOf("shop", "web", "cart"), Gen.OneOf("a", "b", "c", "default"), Gen.Int[0, 2], Paths.Array[0, 3], Actions,
        (service, name, priority, match,
            action) =>
                $$"""{"service":"{{service}}","name":"{{name}}","priority":{{priority}},"match":"""
                    + $$"""[{{string.Join(',', match.Distinct())}}],{{action}}}""");

    /// <summary>Two services, of which one has a policy.</summary>
    internal static TrafficLog Mesh(string balancing, bool resilience = false)
    {
        var log = new TrafficLog(resilience);
        log.Register("""{"name":"shop","url":"http://10.0.0.1:80","version":"v1","zone":"z1","metadata":{"k":"v"}}""");
        log.Register("""{"name":"shop","url":"http://10.0.0.2:80","version":"v2","zone":"z2"}""");
        log.Register("""{"name":"cart","url":"grpc://10.0.1.1:80"}""");
        var slow = balancing is "least_request" or "round_robin" ? ",\"slowStart\":\"5s\"" : "";
        log.Policy("shop",
            "{\"subsets\":[{\"name\":\"named\",\"selector\":{\"k\":\"v\"}}],\"loadBalancing\":{\"policy\":\"" + balancing
                + "\",\"failover\":[\"z2\"],\"zoneAware\":true,\"panicThreshold\":0" + slow + "}}");
        return log;
    }

    private static IReadOnlyList<string> Taken(XdsSnapshot snapshot)
    {
        var data = new ConfigState(wildcard: true, TimeSpan.FromSeconds(5), new FakeTimeProvider());
        var view = snapshot[XdsFlavour.Mesh];
        var faults = new List<string>();
        foreach (var type in XdsTypes.OfServices)
        {
            var response = new DeltaDiscoveryResponse { TypeUrl = type.Url, Nonce = "1" };
            response.Resources.AddRange(view.Names(type).Select(name => view.Find(type, name)!.Delta));
            faults.AddRange(data.Apply(response));
        }

        return faults;
    }

    [Fact]
    public void Whatever_is_accepted_compiles_is_taken_by_our_data_plane_and_changes_nothing_the_second_time() =>
        Gen.Select(Routes.Array[1, 8], Balancing).Sample((routes, balancing) =>
    {
        var log = Mesh(balancing);
        foreach (var json in routes)
        {
            // What its parts forbid each other is refused, and has tests of its own.
            if (TrafficLog.FaultsOf(json).Count > 0) continue;
            var first = log.Set(json);
            if (first.Refusal is null && log.Set(json).Events.Count > 0) throw new InvalidOperationException("changed twice: " + json);
        }

        var snapshot = log.Compile(reset: true);
        if (log.Compiler.Problems.Count > 0)
            throw new InvalidOperationException(string.Join("; ", log.Compiler.Problems.SelectMany(p => p.Value)));
        if (Taken(snapshot) is { Count: > 0 } faults) throw new InvalidOperationException(string.Join("; ", faults));
        var loaded = StateSnapshot.Load(log.Folder, StateSnapshot.Save(log.Folder, log.State).Data);
        var folded = log.Folder.Apply(log.Folder.Empty(log.State.Position.Log), log.Entries);
        return log.Bytes(log.State).AsSpan().SequenceEqual(log.Bytes(loaded))
            && log.Bytes(log.State).AsSpan().SequenceEqual(log.Bytes(folded));
    }, iter: 500, seed: "0000KOIPe036", print: made => $"{made.Item2}\n{string.Join('\n', made.Item1)}");

    [Fact]
    public void Compiling_step_by_step_comes_to_the_same_as_compiling_at_once() => Routes.Array[1, 8].Sample(routes =>
    {
        var steps = Mesh("round_robin");
        steps.Compile(reset: true);
        foreach (var json in routes)
        {
            if (TrafficLog.FaultsOf(json).Count > 0) continue;
            steps.Set(json);
            steps.Compile();
        }

        steps.Remove("shop", "a");
        steps.Compile();
        var once = new ControlPlane.SnapshotText(
            new global::Mesh.ControlPlane.Compile.XdsCompiler(
                [new global::Mesh.Discovery.Xds.DiscoveryXdsContributor(), new global::Mesh.Traffic.Xds.TrafficXdsContributor()],
                Enum.GetValues<XdsFlavour>())
            .Compile(new StateChange(steps.State, new HashSet<string>(), true, []), XdsSnapshot.None));
        Assert.Equal(once.ToString(), new ControlPlane.SnapshotText(steps.Snapshot).ToString());
    }, iter: 200, seed: "0000KOIPe036", print: routes => string.Join('\n', routes));

    [Fact]
    public void Flavours_that_come_into_use_between_changes_end_with_the_same_as_all_from_the_start() =>
        Gen.Select(Routes.Array[1, 8], Gen.Int[0, 8], Gen.Int[0, 8], Gen.Bool).Sample((routes, envoy, grpc, reset) =>
    {
        var steps = Mesh("round_robin");
        steps.Compile(reset: true);
        var compiler = new global::Mesh.ControlPlane.Compile.XdsCompiler(
            [new global::Mesh.Discovery.Xds.DiscoveryXdsContributor(), new global::Mesh.Traffic.Xds.TrafficXdsContributor()],
            XdsFlavour.Mesh);
        var snapshot = compiler.Compile(new StateChange(steps.State, new HashSet<string>(), true, []), XdsSnapshot.None);
        foreach (var (n, json) in routes.Index())
        {
            if (TrafficLog.FaultsOf(json).Count == 0) steps.Set(json);
            Step(n);
        }

        steps.Remove("shop", "a");
        Step(envoy);
        Step(grpc);
        Assert.Equal(new ControlPlane.SnapshotText(steps.Snapshot).ToString(), new ControlPlane.SnapshotText(snapshot).ToString());
        foreach (var flavour in Enum.GetValues<XdsFlavour>())
            Assert.All(steps.Snapshot[flavour].Names(XdsTypes.Listener),
                name => Assert.Equal(steps.Snapshot[flavour].ClustersOf(name), snapshot[flavour].ClustersOf(name)));
        Assert.Equal(steps.Compiler.Unresolved, compiler.Unresolved);

        void Step(int n)
        {
            if (n == envoy) compiler.Use([XdsFlavour.Envoy]);
            if (n == grpc) compiler.Use([XdsFlavour.Grpc]);
            var streams = steps.Entries.Where(entry => entry.Sequence > snapshot.Sequence).Select(entry => entry.Stream).ToHashSet();
            snapshot = compiler.Compile(new StateChange(steps.State, streams, reset && n == envoy, []), snapshot);
            steps.Compile();
        }
    }, iter: 200, seed: "0000KOIPe036",
    print: made => $"envoy at {made.Item2}, gRPC at {made.Item3}, reset {made.Item4}\n{string.Join('\n', made.Item1)}");
}
