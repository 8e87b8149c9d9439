using Mesh.Kernel.Commands;
using Mesh.Tests.Traffic.Support;
using Mesh.Traffic.Routes;

namespace Mesh.Tests.Traffic;

public class RouteDecideTests
{
    private readonly TrafficLog _log = new();

    private static TrafficAnswer Answer(Decision decision) => (TrafficAnswer)decision.Answer!;

    [Fact]
    public void Setting_a_route_again_changes_nothing_and_another_value_makes_the_next_version()
    {
        Assert.Equal(1, Answer(_log.Set(RouteInputTests.Pinned)).Version);
        var again = _log.Set(RouteInputTests.Pinned);
        Assert.Empty(again.Events);
        Assert.Equal(1, Answer(again).Version);
        Assert.Equal(2, Answer(_log.Set(RouteInputTests.Pinned.Replace("\"2s\"", "\"3s\"", StringComparison.Ordinal))).Version);
    }

    [Fact]
    public void A_removed_route_that_comes_again_has_a_new_version()
    {
        _log.Set(RouteInputTests.Pinned);
        Assert.Single(_log.Remove("shop", "beta").Events);
        Assert.Empty(_log.Remove("shop", "beta").Events);
        Assert.Equal(3, Answer(_log.Set(RouteInputTests.Pinned)).Version);
    }

    [Fact]
    public void Destinations_alone_are_put_beside_those_of_the_route_default_and_the_last_one_out_removes_it()
    {
        _log.Set("""{"service":"shop","destinations":[{"service":"a"}]}""");
        var second = _log.Set("""{"service":"shop","destinations":[{"service":"b","weight":20}]}""");
        Assert.Equal(("default", 2), (Answer(second).Route, Answer(second).Destinations));
        Assert.Empty(_log.Set("""{"service":"shop","destinations":[{"service":"b","weight":20}]}""").Events);
        _log.Set("""{"service":"shop","destinations":[{"service":"b","weight":30}]}""");
        var route = _log.Traffic.Find(new("default", "shop"))!.Routes["default"].Spec;
        Assert.Equal(["a 100", "b 30"], route.Destinations!.Select(d => $"{d.Service} {d.Weight}"));

        Assert.Equal(1, Answer(_log.Remove("shop", destination: "a")).Destinations);
        Assert.Empty(_log.Remove("shop", destination: "a").Events);
        _log.Remove("shop", destination: "b");
        Assert.Null(_log.Traffic.Find(new("default", "shop")));
        Assert.Equal(default, _log.Traffic.Use("default"));
    }

    [Fact]
    public void A_weight_is_set_to_0_one_destination_at_a_time_as_long_as_another_has_one()
    {
        Assert.Equal("no-weight",
            _log.Set("""{"service":"shop","destinations":[{"service":"b","weight":0}]}""").Refusal!.Problems.Single().Code);
        _log.Set("""{"service":"shop","destinations":[{"service":"a","weight":1}]}""");
        _log.Set("""{"service":"shop","destinations":[{"service":"b","weight":1}]}""");

        Assert.Single(_log.Set("""{"service":"shop","destinations":[{"service":"b","weight":0}]}""").Events);
        Assert.Empty(_log.Set("""{"service":"shop","destinations":[{"service":"b","weight":0}]}""").Events);

        Assert.Equal(["a 1", "b 0"],
            _log.Traffic.Find(new("default", "shop"))!.Routes["default"].Spec.Destinations!.Select(d => $"{d.Service} {d.Weight}"));
        Assert.Equal("no-weight",
            _log.Set("""{"service":"shop","destinations":[{"service":"a","weight":0}]}""").Refusal!.Problems.Single().Code);
        // Weights are exchanged in one request, which is looked at as a whole.
        Assert.Single(_log.Set("""{"service":"shop","destinations":[{"service":"a","weight":0},{"service":"b","weight":1}]}""").Events);
    }

    [Fact]
    public void A_destination_does_not_leave_others_behind_that_get_nothing()
    {
        _log.Set("""{"service":"shop","destinations":[{"service":"a"},{"service":"b","weight":0}]}""");
        Assert.Equal(RefusalKind.Conflict, _log.Remove("shop", destination: "a").Refusal!.Kind);
    }

    [Theory]
    [InlineData(
        """{"service":"shop","name":"other","priority":10,"match":[{"path":{"exact":"/a"}},{"path":{"exact":"/b"}}],"destinations":["""
            + """{"service":"x"}]}""", true)]
    [InlineData("""{"service":"shop","name":"other","priority":9,"match":[{"path":{"exact":"/b"}}],"destinations":[{"service":"x"}]}""",
        false)]
    [InlineData("""{"service":"shop","name":"other","priority":10,"match":[{"path":{"prefix":"/b"}}],"destinations":[{"service":"x"}]}""",
        false)]
    [InlineData("""{"service":"cart","name":"other","priority":10,"match":[{"path":{"exact":"/b"}}],"destinations":[{"service":"x"}]}""",
        false)]
    [InlineData("""{"service":"shop","name":"first","priority":10,"match":[{"path":{"exact":"/b"}}],"destinations":[{"service":"y"}]}""",
        false)]
    public void Two_routes_that_take_the_same_at_one_priority_are_refused_naming_both(string json, bool refused)
    {
        _log.Set("""{"service":"shop","name":"first","priority":10,"match":[{"path":{"exact":"/b"}}],"destinations":[{"service":"x"}]}""");
        var decision = _log.Set(json);
        Assert.Equal(refused ? RefusalKind.Conflict : null, decision.Refusal?.Kind);
        if (!refused) return;
        var problem = Assert.Single(decision.Refusal!.Problems);
        Assert.Equal("match[1]", problem.Field);
        Assert.Contains("'other'", problem.Message, StringComparison.Ordinal);
        Assert.Contains("'first'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_on_the_version_is_kept()
    {
        Assert.Equal(RefusalKind.PreconditionFailed,
            _log.Decide(TrafficLog.CommandOf(RouteInputTests.Pinned, new Precondition([1]))).Refusal!.Kind);
        _log.Send(TrafficLog.CommandOf(RouteInputTests.Pinned, new Precondition([], MustBeAbsent: true)));
        Assert.Equal(RefusalKind.PreconditionFailed,
            _log.Decide(TrafficLog.CommandOf(RouteInputTests.Pinned, new Precondition([], MustBeAbsent: true))).Refusal!.Kind);
        Assert.Null(
            _log.Decide(
                TrafficLog.CommandOf(RouteInputTests.Pinned.Replace("\"2s\"", "\"3s\"", StringComparison.Ordinal),
                    new Precondition([1]))).Refusal);
        Assert.Equal(RefusalKind.PreconditionFailed,
            _log.Decide(new RemoveRoute(new("default", "shop"), "beta") { Precondition = new Precondition([7]) }).Refusal!.Kind);
    }

    [Fact]
    public void A_policy_is_set_kept_and_removed()
    {
        const string json = """{"subsets":[{"name":"c","selector":{"track":"canary"}}],"loadBalancing":{"policy":"ring_hash"}}""";
        Assert.Equal(1, Answer(_log.Policy("shop", json)).Version);
        Assert.Empty(_log.Policy("shop", json).Events);
        Assert.Single(_log.Send(new Mesh.Traffic.Policies.SetTrafficPolicy(new("default", "shop"), null)).Events);
        Assert.Empty(_log.Send(new Mesh.Traffic.Policies.SetTrafficPolicy(new("default", "shop"), null)).Events);
    }
}
