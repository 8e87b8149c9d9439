using System.Text.Json;
using Mesh.Contracts.Rest;
using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Kernel.Xds;
using Mesh.Tests.Traffic.Support;
using Mesh.Traffic.Delivery.Reconciling;
using Mesh.Traffic.Rollouts;
using Mesh.Traffic.State;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Traffic;

/// <summary>Staged rollouts: what is decided, who gets what, and what is made of receipts.</summary>
public class RolloutTests
{
    private const string Body =
        """{"service":"shop","percent":50,"bake":"10s","routes":[{"service":"shop","name":"beta","match":[{"path":"""
            + """{"prefix":"/b"}}],"destinations":[{"service":"shop@v2"}]}],"removeRoutes":["old"],"policy":{"loadBalancing":"""
            + """{"policy":"random"}}}""";
    private static readonly ServiceKey Shop = new("default", "shop");
    private readonly TrafficLog _log = new();

    public RolloutTests()
    {
        _log.Register("""{"name":"shop","url":"http://10.0.0.1:80","version":"v1"}""");
        _log.Register("""{"name":"shop","url":"http://10.0.0.2:80","version":"v2"}""");
        _log.Set("""{"service":"shop","name":"old","match":[{"path":{"prefix":"/o"}}],"destinations":[{"service":"shop@v1"}]}""");
        _log.Compile(reset: true);
    }

    private RolloutState Rollout => _log.Traffic.Find(Shop)!.Rollout!;

    private XdsView View => _log.Snapshot[XdsFlavour.Mesh];

    private Decision Start(string body)
    {
        using var document = JsonDocument.Parse(body);
        var faults = new Faults();
        var rollout = RolloutReader.Read(document.RootElement, faults);
        Assert.True(rollout is not null, string.Join("; ", faults.ToRefusal()?.Problems ?? []));
        return _log.Send(new StartRollout(rollout));
    }

    private Decision Move(RolloutMove move, int? percent = null, string? id = null) =>
        _log.Send(new MoveRollout(Shop, move) { Id = id, Percent = percent, Node = "n", Reason = "r" });

    private RouteConfiguration RoutesOf(string node, string service = "") =>
        RouteConfiguration.Parser.ParseFrom(Resolve(node, XdsTypes.RouteConfiguration, service)!.Packed.Value);

    private XdsResource? Resolve(string node, XdsType type, string service = "", string name = "shop") =>
        new StreamScope(new NodeIdentity { Id = node, Flavour = XdsFlavour.Mesh, Service = service, Upstreams = ["shop"] },
            new EnvoyListeners(), true).Resolve(View, type, name);

    private (List<string> In, List<string> Out) Nodes()
    {
        var all = Enumerable.Range(0, 200).Select(n => $"node-{n}")
            .ToLookup(node => new XdsRollout(Rollout.Spec.Id, Rollout.Percent, 0).Takes(node));
        return ([.. all[true]], [.. all[false]]);
    }

    [Fact]
    public void The_share_gets_the_change_in_routes_and_clusters_and_all_others_keep_what_they_have()
    {
        var before = _log.Snapshot;
        Assert.Null(Start(Body).Refusal);
        _log.Compile();
        var (share, others) = Nodes();

        Assert.InRange(share.Count, 60, 140);
        Assert.All(share, node => Assert.Equal(["beta", "default"], RoutesOf(node).VirtualHosts[0].Routes.Select(route => route.Name)));
        Assert.All(share,
            node => Assert.Equal(Cluster.Types.LbPolicy.Random,
                Cluster.Parser.ParseFrom(Resolve(node, XdsTypes.Cluster)!.Packed.Value).LbPolicy));
        foreach (var type in XdsTypes.OfServices)
            Assert.All(others, node => Assert.Same(before[XdsFlavour.Mesh].Find(type, "shop"), Resolve(node, type)));
        Assert.Equal(["old", "default"], RoutesOf(others[0]).VirtualHosts[0].Routes.Select(route => route.Name));
        Assert.NotNull(Resolve(share[0], XdsTypes.Cluster, name: "shop@v2"));
    }

    [Fact]
    public void A_larger_share_keeps_who_has_it_and_completing_it_changes_nothing_for_them()
    {
        Start(Body);
        _log.Compile();
        var share = Nodes().In;
        var held = XdsTypes.OfServices.ToDictionary(type => type, type => Resolve(share[0], type)!.Version);
        Assert.Single(Move(RolloutMove.Advance, 80).Events);
        _log.Compile();
        Assert.Empty(share.Except(Nodes().In));

        Assert.Equal(4, Move(RolloutMove.Advance).Events.Count);
        _log.Compile();
        Assert.Empty(View.Varied);
        Assert.All(held, one => Assert.Equal(one.Value, Resolve("anybody", one.Key)!.Version));
        Assert.Equal(RolloutPhase.Completed, Rollout.Phase);
        Assert.Equal(["beta"], _log.Traffic.Find(Shop)!.Routes.Keys);
    }

    [Theory]
    [InlineData(RolloutMove.Halt, RolloutPhase.RolledBack, 2)]
    [InlineData(RolloutMove.Abort, RolloutPhase.Aborted, 1)]
    public void It_goes_back_to_what_all_others_have(RolloutMove move, RolloutPhase phase, int events)
    {
        var before = _log.Snapshot;
        Start(Body);
        _log.Compile();
        Assert.Equal(events, Move(move).Events.Count);
        _log.Compile();

        Assert.Equal(phase, Rollout.Phase);
        foreach (var flavour in Enum.GetValues<XdsFlavour>())
        {
            Assert.Empty(_log.Snapshot[flavour].Varied);
            foreach (var type in XdsTypes.OfServices)
                Assert.Equal(before[flavour].Names(type).Order().Select(name => before[flavour].Find(type, name)!.Version),
                    _log.Snapshot[flavour].Names(type).Order().Select(name => _log.Snapshot[flavour].Find(type, name)!.Version));
        }
    }

    [Fact]
    public void The_same_again_changes_nothing_and_another_one_beside_it_is_refused()
    {
        Start(Body);
        Assert.Empty(Start(Body).Events);
        var refused = Start(Body.Replace("\"percent\":50", "\"percent\":20", StringComparison.Ordinal)).Refusal!;
        Assert.Equal(RefusalKind.Conflict, refused.Kind);
        Assert.Contains("50 %", refused.Problems[0].Message, StringComparison.Ordinal);

        Move(RolloutMove.Advance);
        Assert.Empty(Start(Body).Events);
        Assert.Empty(Move(RolloutMove.Abort).Events);
        Assert.NotNull(Move(RolloutMove.Advance, 90).Refusal);
    }

    [Fact]
    public void Reports_on_another_rollout_or_another_share_or_twice_change_nothing()
    {
        Start(Body);
        var id = Rollout.Spec.Id;
        Assert.Empty(Move(RolloutMove.Halt, id: "r1").Events);
        Assert.Empty(Move(RolloutMove.Complete, percent: 20, id: id).Events);
        Assert.Single(Move(RolloutMove.Pause, percent: 50, id: id).Events);
        Assert.Empty(Move(RolloutMove.Pause, percent: 50, id: id).Events);
        Assert.Empty(Move(RolloutMove.Complete, percent: 50, id: id).Events);
        Assert.Single(Move(RolloutMove.Resume, percent: 50, id: id).Events);
        Assert.Equal(2, Move(RolloutMove.Halt, percent: 50, id: id).Events.Count);
        Assert.Empty(Move(RolloutMove.Halt, percent: 50, id: id).Events);
        Assert.Equal(("n", "r"), (Rollout.Node, Rollout.Reason));
    }

    [Fact]
    public void A_rollout_is_completed_when_its_bake_time_is_over_on_the_Registrys_clock_whatever_a_control_planes_says()
    {
        Start(Body);
        _log.Now = Rollout.Since.AddSeconds(9.9);
        Assert.Equal("complete", RolloutJudge.Judge(Rollout, Clients("acked"), null, _log.Now.AddSeconds(30))!.Verdict);
        Assert.Empty(Move(RolloutMove.Complete, percent: 50).Events);
        _log.Now = Rollout.Since.AddSeconds(10);
        Assert.NotEmpty(Move(RolloutMove.Complete, percent: 50).Events);
        Assert.Equal(RolloutPhase.Completed, Rollout.Phase);
    }

    [Fact]
    public void A_saved_state_goes_on_with_the_rollout()
    {
        Start(Body);
        using var saved = new MemoryStream(_log.Bytes(_log.State));
        var loaded = (TrafficState)new TrafficFold().Load(saved);
        Assert.Equal(Rollout.Spec.Id, loaded.Find(Shop)!.Rollout!.Spec.Id);
        Assert.Equal(Rollout.Since, loaded.Find(Shop)!.Rollout!.Since);
        Assert.Equal(_log.Traffic.SubsetsOf(Shop), loaded.SubsetsOf(Shop));
        Assert.Equal(["beta"], loaded.Find(Shop)!.Candidate.Routes.Keys);
    }

    [Fact]
    public void Every_fault_of_a_rollout_is_named()
    {
        using var document = JsonDocument.Parse(
            """{"service":"shop","percent":0,"bake":"x","routes":[{"service":"cart","destinations":[{"service":"a"}]},"""
                + """{"service":"shop","timeout":"y","destinations":[]}],"bogus":1}""");
        var faults = new Faults();
        Assert.Null(RolloutReader.Read(document.RootElement, faults));
        Assert.Equal(["bake", "bogus", "percent", "routes[0].service", "routes[1].destinations", "routes[1].timeout"],
            faults.ToRefusal()!.Problems.Select(p => p.Field).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_route_of_a_rollout_is_a_whole_one_that_leads_somewhere()
    {
        using var document = JsonDocument.Parse(
            """{"service":"shop","routes":[{"service":"shop","destinations":[{"service":"a","weight":0}]}]}""");
        var faults = new Faults();
        Assert.Null(RolloutReader.Read(document.RootElement, faults));
        Assert.Equal(["routes[0].destinations"], faults.ToRefusal()!.Problems.Select(p => p.Field));
    }

    [Theory]
    [InlineData("acked acked", null, 3, null)]
    [InlineData("acked acked", null, 10, "complete")]
    [InlineData("acked sent", null, 3, null)]
    [InlineData("acked sent", null, 20, "pause")]
    [InlineData("", null, 20, "pause")]
    [InlineData("", null, 2, null)]
    [InlineData("acked acked", "Redis is unavailable", 20, "pause")]
    [InlineData("acked nacked", null, 0, "halt")]
    [InlineData("acked nacked", "Redis is unavailable", 0, "halt")]
    public void What_is_seen_decides(string receipts, string? blind, int seconds, string? verdict)
    {
        Start(Body);
        var now = Rollout.Since.AddSeconds(seconds);
        Assert.Equal(verdict, RolloutJudge.Judge(Rollout, Clients(receipts), blind, now)?.Verdict);
        Assert.Equal(verdict is "halt" ? "halt" : blind is null && receipts == "acked acked" ? "resume" : null,
            RolloutJudge.Judge(Rollout with { Phase = RolloutPhase.Paused }, Clients(receipts), blind, now)?.Verdict);
    }

    [Fact]
    public void A_halt_names_the_client_and_its_words()
    {
        Start(Body);
        var report = RolloutJudge.Judge(Rollout, Clients("acked nacked"), null, Rollout.Since)!;
        Assert.Equal(("node-1", "RouteConfiguration: I will not", 50), (report.Node, report.Reason, report.Percent));
    }

    private List<ProxyAnswer> Clients(string receipts) =>
    [
        new ProxyAnswer { Node = "uninvolved" },
        .. receipts.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((receipt, n) => new ProxyAnswer
        {
            Node = $"node-{n}",
            Rollouts = new Dictionary<string, string> { [Rollout.Spec.Id] = receipt },
            Types = receipt == "nacked"
                ? [new ProxyTypeAnswer { Type = "RouteConfiguration", Nack = "I will not", NackSequence = Rollout.Started }]
                : [],
        }),
    ];
}
