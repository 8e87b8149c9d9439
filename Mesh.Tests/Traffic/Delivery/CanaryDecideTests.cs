using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Mesh.Traffic.Delivery.Decisions;
using Mesh.Traffic.Delivery.State;

namespace Mesh.Tests.Traffic.Delivery;

public class CanaryDecideTests
{
    private readonly DeliveryLog _log = new();

    [Fact]
    public void Start_and_each_step_set_the_route_in_the_same_command_and_the_end_leads_to_the_canary_alone()
    {
        var started = _log.Start();
        Assert.Equal([CanaryStarted.EventType, RouteSet.EventType], started.Events.Select(e => e.Type));
        Assert.Equal(("running", 1, 10, 1L),
            (DeliveryLog.Answer(started).Phase, DeliveryLog.Answer(started).Step, DeliveryLog.Answer(started).Weight,
                DeliveryLog.Answer(started).Version));
        Assert.Equal("shop@v1 90, shop@v2 10", _log.Leads());
        _log.Promote();
        Assert.Equal("shop@v1 50, shop@v2 50", _log.Leads());
        _log.Promote();
        // The last step is watched too; the stable one keeps its place with weight 0, so that its connections stay warm.
        Assert.Equal((CanaryPhase.Running, "shop@v1 0, shop@v2 100"), (_log.State.Phase, _log.Leads()));
        var done = _log.Promote();
        Assert.Equal((CanaryPhase.Completed, "shop@v2 100", "shop@v2"), (_log.State.Phase, _log.Leads(), DeliveryLog.Answer(done).To));
        Assert.Equal(["started 10", "advanced 50", "advanced 100", "completed 100"],
            _log.State.History.Select(step => $"{step.What} {step.Weight}"));
    }

    [Fact]
    public void Whatever_is_repeated_changes_nothing()
    {
        _log.Start();
        Assert.Empty(_log.Start().Events);
        Assert.Empty(_log.Start(DeliveryLog.Canary.Replace("\"stable\":\"shop@v1\",", "", StringComparison.Ordinal)).Events);
        Assert.Single(_log.Promote(step: 2).Events, e => e.Type == CanaryAdvanced.EventType);
        Assert.Empty(_log.Promote(step: 2).Events);
        Assert.Empty(_log.Promote(step: 1).Events);
        _log.Promote(all: true);
        Assert.Empty(_log.Promote(all: true).Events);
        Assert.Empty(_log.Promote().Events);

        _log.Start("""{"service":"shop","canary":"shop@v3"}""");
        Assert.Equal("shop@v2", _log.State.Spec.Stable);
        _log.Abort();
        Assert.Empty(_log.Abort().Events);
        Assert.Equal("shop@v2 100", _log.Leads());
    }

    [Fact]
    public void A_verdict_counts_once_on_the_canary_and_the_step_that_it_was_reached_on_and_not_before_the_bake_time_is_over()
    {
        _log.Start();
        var id = _log.State.Id;
        Assert.Empty(_log.Advance(id, 1).Events);
        _log.Log.Now += TimeSpan.FromSeconds(60);
        Assert.Empty(_log.Advance(id + 1, 1).Events);
        Assert.Empty(_log.Advance(id, 2).Events);
        Assert.Equal(2, _log.Advance(id, 1).Events.Count);
        Assert.Empty(_log.Advance(id, 1).Events);
        Assert.Empty(_log.Abort(new CanaryGuard(id, 1)).Events);
        Assert.Equal((2, "shop@v1 50, shop@v2 50"), (_log.State.Step, _log.Leads()));
        // An abort needs no bake time.
        Assert.Equal(2, _log.Abort(new CanaryGuard(id, 2)).Events.Count);
        Assert.Empty(_log.Abort(new CanaryGuard(id, 2)).Events);
        _log.Start();
        Assert.Empty(_log.Abort(new CanaryGuard(id, 1)).Events);
        Assert.Equal(CanaryPhase.Running, _log.State.Phase);
    }

    [Fact]
    public void The_route_keeps_everything_but_its_destinations_and_an_abort_leads_back()
    {
        _log.Log.Set(
            """{"service":"shop","name":"cart","priority":3,"match":[{"path":{"prefix":"/cart"}}],"timeout":"2s","destinations":["""
                + """{"service":"shop","subset":"v1"}]}""");
        _log.Start("""{"service":"shop","route":"cart","canary":"shop@v2","steps":[20]}""");
        var route = _log.Log.Traffic.Find(DeliveryLog.Shop)!.Routes["cart"].Spec;
        Assert.Equal(("2s", 3, "shop@v1 80, shop@v2 20"), (route.Timeout, route.Priority, _log.Leads("cart")));
        _log.Abort();
        Assert.Equal(("shop@v1 100", "aborted", "wrong"), (_log.Leads("cart"), _log.State.History[^1].What, _log.State.History[^1].Reason));
    }

    [Fact]
    public void While_it_runs_its_route_is_neither_removed_nor_led_elsewhere_but_may_change_otherwise()
    {
        _log.Start();
        foreach (var change in (Func<Decision>[])
        [
            () => _log.Log.Set("""{"service":"shop","name":"default","destinations":[{"service":"shop","subset":"v1"}]}"""),
            () => _log.Log.Set("""{"service":"shop","destinations":[{"service":"shop","subset":"v3"}]}"""),
            () => _log.Log.Remove("shop", "default"), () => _log.Log.Remove("shop", destination: "shop@v2"),
            () => _log.Switch("shop@v3"),
        ])
        {
            var refused = change();
            Assert.Equal((RefusalKind.Conflict, "canary-running"), DeliveryLog.Refused(refused));
            Assert.Contains("shop@v2 (step 1 of 3, 10 %)", refused.Refusal!.Problems[0].Message, StringComparison.Ordinal);
        }

        var slower = _log.Log.Set(
            """{"service":"shop","name":"default","timeout":"3s","destinations":[{"service":"shop","subset":"v1","weight":90},"""
                + """{"service":"shop","subset":"v2","weight":10}]}""");
        Assert.Single(slower.Events);
        _log.Promote();
        Assert.Equal(("3s", "shop@v1 50, shop@v2 50"),
            (_log.Log.Traffic.Find(DeliveryLog.Shop)!.Routes["default"].Spec.Timeout, _log.Leads()));
        _log.Abort();
        Assert.Single(_log.Log.Remove("shop", "default").Events);
    }

    [Theory]
    [InlineData("""{"service":"shop","canary":"shop@v2"}""", RefusalKind.Invalid, "missing")]
    [InlineData("""{"service":"shop","stable":"shop@v2","canary":"shop@v2"}""", RefusalKind.Invalid, "overlap")]
    [InlineData("""{"service":"shop","stable":"shop","canary":"shop@v2"}""", RefusalKind.Invalid, "overlap")]
    [InlineData("""{"service":"shop","stable":"shop@v1","canary":"shop@v9"}""", RefusalKind.Conflict, "not-served")]
    [InlineData("""{"service":"shop","stable":"nobody","canary":"shop@v2"}""", RefusalKind.Conflict, "not-served")]
    [InlineData("""{"service":"shop","route":"cart","stable":"shop@v1","canary":"shop@v2"}""", RefusalKind.NotFound, "unknown-route")]
    public void What_cannot_be_begun_is_refused_and_changes_nothing(string json, RefusalKind kind, string code)
    {
        Assert.Equal((kind, code), DeliveryLog.Refused(_log.Start(json)));
        Assert.Null(_log.Log.Traffic.Find(DeliveryLog.Shop));
    }

    [Fact]
    public void A_second_canary_and_one_whose_route_leads_elsewhere_are_refused_naming_what_is_there()
    {
        _log.Log.Set("""{"service":"shop","destinations":[{"service":"shop","subset":"v3"}]}""");
        var elsewhere = _log.Start();
        Assert.Equal((RefusalKind.Conflict, "leads-elsewhere"), DeliveryLog.Refused(elsewhere));
        Assert.Contains("leads to shop@v3", elsewhere.Refusal!.Problems[0].Message, StringComparison.Ordinal);
        _log.Log.Set("""{"service":"shop","name":"default","redirect":{"path":"/x"}}""");
        Assert.Equal((RefusalKind.Conflict, "no-destinations"), DeliveryLog.Refused(_log.Start()));
        _log.Log.Remove("shop", "default");
        _log.Start();
        Assert.Equal((RefusalKind.Conflict, "canary-running"),
            DeliveryLog.Refused(_log.Start("""{"service":"shop","stable":"shop@v1","canary":"shop@v3"}""")));
    }

    [Fact]
    public void What_has_ended_says_so()
    {
        Assert.Equal((RefusalKind.NotFound, "unknown-canary"), DeliveryLog.Refused(_log.Promote()));
        Assert.Equal((RefusalKind.NotFound, "unknown-canary"), DeliveryLog.Refused(_log.Abort()));
        _log.Start();
        Assert.Equal((RefusalKind.Invalid, "out-of-range"), DeliveryLog.Refused(_log.Promote(step: 4)));
        _log.Abort();
        Assert.Equal((RefusalKind.Conflict, "aborted"), DeliveryLog.Refused(_log.Promote()));
        _log.Start();
        _log.Promote(all: true);
        var completed = _log.Abort();
        Assert.Equal((RefusalKind.Conflict, "completed"), DeliveryLog.Refused(completed));
        Assert.Contains("switch to shop@v1", completed.Refusal!.Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_on_the_version_is_kept()
    {
        var start = DeliveryLog.StartOf(DeliveryLog.Canary);
        Assert.Equal(RefusalKind.PreconditionFailed, _log.Log.Decide(start with { Precondition = new Precondition([1]) }).Refusal!.Kind);
        _log.Log.Send(start with { Precondition = new Precondition([], MustBeAbsent: true) });
        Assert.Equal(RefusalKind.PreconditionFailed,
            _log.Log.Decide(new AdvanceCanary(DeliveryLog.Shop) { Precondition = new Precondition([2]) }).Refusal!.Kind);
        Assert.Null(_log.Log.Decide(new AbortCanary(DeliveryLog.Shop) { Precondition = new Precondition([1]) }).Refusal);
    }

    [Fact]
    public void Destinations_of_other_namespaces_keep_their_name()
    {
        _log.Log.Register("""{"name":"shop","namespace":"next","url":"http://10.0.9.1:80","version":"v2"}""");
        _log.Start("""{"service":"shop","stable":"shop@v1","canary":"shop.next@v2","steps":[30]}""");
        Assert.Equal(("shop.next@v2", "shop.next@v2"), (_log.State.Spec.Canary, _log.State.Tried.Cluster));
        var xds = _log.Log.Compile();
        Assert.Contains(xds[Mesh.Xds.Resources.XdsFlavour.Mesh].Names(Mesh.Xds.Resources.XdsTypes.Cluster), name => name == "shop.next@v2");
    }
}
