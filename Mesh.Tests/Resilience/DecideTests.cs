using System.Collections.Immutable;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Resilience;
using Mesh.Resilience.Answers;
using Mesh.Resilience.Policies;
using Mesh.Resilience.State;
using Mesh.Tests.Resilience.Support;

namespace Mesh.Tests.Resilience;

public class DecideTests
{
    private static readonly ServiceKey Shop = new("default", "shop");
    private readonly ResilienceLog _log = new();

    private static long VersionIn(Decision decision) => ((PolicyOutcome)decision.Answer!).Version;

    [Fact]
    public void Setting_what_is_already_so_appends_nothing_however_it_is_said()
    {
        Assert.Single(_log.Set(PolicyKind.CircuitBreaker, """{"service":"shop"}""").Events);
        Assert.Empty(
            _log.Set(PolicyKind.CircuitBreaker, """{"service":"shop","namespace":"default","threshold":5,"maxRetries":null}""").Events);
        Assert.Single(_log.Set(PolicyKind.CircuitBreaker, """{"service":"shop","threshold":6}""").Events);
    }

    [Fact]
    public void A_policy_is_set_whole()
    {
        _log.Set(PolicyKind.CircuitBreaker, """{"service":"shop","threshold":7,"maxRequests":10}""");
        _log.Set(PolicyKind.CircuitBreaker, """{"service":"shop","maxConnections":10}""");
        Assert.Equal(new CircuitBreakerPolicy { MaxConnections = 10 }, _log.Resilience.Find(Shop)!.Get<CircuitBreakerPolicy>());
    }

    [Fact]
    public void Each_kind_has_a_version_of_its_own_that_goes_on_when_it_comes_again()
    {
        Assert.Equal(1, VersionIn(_log.Set(PolicyKind.Bulkhead, """{"service":"shop"}""")));
        Assert.Equal(2, VersionIn(_log.Set(PolicyKind.Bulkhead, """{"service":"shop","maxQueued":0}""")));
        Assert.Equal(1, VersionIn(_log.Set(PolicyKind.Timeout, """{"service":"shop","request":"1s"}""")));
        Assert.Equal(0, VersionIn(_log.Send(new RemovePolicy(Shop, PolicyKind.Bulkhead))));
        Assert.Equal(4, VersionIn(_log.Set(PolicyKind.Bulkhead, """{"service":"shop"}""")));
        Assert.Equal(4, _log.Resilience.Find(Shop)!.Find(PolicyKind.Bulkhead)!.Version);
    }

    [Fact]
    public void Removing_what_is_not_there_appends_nothing_and_the_last_policy_takes_the_service_along()
    {
        Assert.Empty(_log.Send(new RemovePolicy(Shop, PolicyKind.Fallback)).Events);
        _log.Set(PolicyKind.Fallback, """{"service":"shop","fallback":"other"}""");
        Assert.Equal(1, _log.Resilience.PoliciesIn("default"));
        Assert.Single(_log.Send(new RemovePolicy(Shop, PolicyKind.Fallback)).Events);
        Assert.Null(_log.Resilience.Find(Shop));
        Assert.Equal(0, _log.Resilience.PoliciesIn("default"));
    }

    [Fact]
    public void A_condition_speaks_of_one_policy()
    {
        _log.Set(PolicyKind.Bulkhead, """{"service":"shop"}""");
        var change = ResilienceLog.Command(PolicyKind.Bulkhead, """{"service":"shop","maxQueued":0}""");
        Assert.Equal(RefusalKind.PreconditionFailed, _log.Decide(change with { Precondition = new([2]) }).Refusal!.Kind);
        Assert.Equal(RefusalKind.PreconditionFailed, _log.Decide(change with { Precondition = new([], MustBeAbsent: true) }).Refusal!.Kind);
        Assert.Null(_log.Decide(change with { Precondition = new([1]) }).Refusal);
        Assert.Null(
            _log.Decide(ResilienceLog.Command(PolicyKind.RateLimit, """{"service":"shop","requests":1}""") with
            {
                Precondition = new([], MustBeAbsent: true),
            }).Refusal);
        Assert.Equal(RefusalKind.PreconditionFailed,
            _log.Decide(new RemovePolicy(Shop, PolicyKind.Bulkhead) { Precondition = new([7]) }).Refusal!.Kind);
        Assert.Equal(RefusalKind.PreconditionFailed,
            _log.Decide(new RemovePolicy(Shop, PolicyKind.Timeout) { Precondition = new([1]) }).Refusal!.Kind);
    }

    [Fact]
    public void A_namespace_at_its_limit_takes_no_further_policy_but_changes_and_removals()
    {
        IResiliencePolicy[] kinds = [new CircuitBreakerPolicy(), new BulkheadPolicy(), new OutlierDetectionPolicy(),
            new TimeoutPolicy { RequestMs = 1 }];
        var full = ResilienceState.Empty;
        for (var i = 0; i < ResilienceLimits.PoliciesPerNamespace / kinds.Length; i++)
            full = full.With(
                kinds.Aggregate(new ServicePolicies(new("default", $"s{i}")), (policies, kind) => policies.With(new(kind, 1))));
        var state = new MeshState(_log.State.Position, ImmutableDictionary<string, StreamState>.Empty, ["resilience"], [full], 0);
        Decision Decide(ICommand command) => command.Decide(state, new DecisionContext(DateTimeOffset.UnixEpoch, "test", 1));

        Assert.Equal(RefusalKind.LimitReached, Decide(new SetResiliencePolicy(Shop, new BulkheadPolicy())).Refusal!.Kind);
        Assert.Equal(RefusalKind.LimitReached,
            Decide(new SetResiliencePolicy(new("default", "s0"), new FallbackPolicy { Service = "a", Namespace = "b" })).Refusal!.Kind);
        Assert.Single(Decide(new SetResiliencePolicy(new("other", "shop"), new BulkheadPolicy())).Events);
        Assert.Single(Decide(new SetResiliencePolicy(new("default", "s0"), new BulkheadPolicy { MaxQueued = 0 })).Events);
        Assert.Single(Decide(new RemovePolicy(new("default", "s0"), PolicyKind.Bulkhead)).Events);
    }

    [Fact]
    public void A_state_that_was_saved_and_loaded_is_the_same()
    {
        _log.Set(PolicyKind.CircuitBreaker, """{"service":"shop","maxRequests":3,"maxRetries":0}""");
        _log.Set(PolicyKind.Bulkhead, """{"service":"shop","maxQueued":0}""");
        _log.Set(PolicyKind.OutlierDetection, """{"service":"shop","successRate":{},"failurePercentage":{"threshold":50}}""");
        _log.Set(PolicyKind.RateLimit, """{"service":"shop","namespace":"prod","requests":60,"unit":"minute","scope":"global"}""");
        _log.Set(PolicyKind.Timeout, """{"service":"shop","idle":"1m"}""");
        _log.Set(PolicyKind.Fallback, """{"service":"shop","fallback":"other"}""");
        var loaded = StateSnapshot.Load(_log.Folder, StateSnapshot.Save(_log.Folder, _log.State).Data);
        Assert.Equal(_log.Bytes(_log.State), _log.Bytes(loaded));
        var state = loaded.Facts<ResilienceState>();
        Assert.Equal((5, 1), (state.PoliciesIn("default"), state.PoliciesIn("prod")));
        Assert.Equal(_log.Resilience.Find(Shop), state.Find(Shop));
    }

    [Theory]
    [InlineData("resilience/ns/shop/bulkhead", "ns", "shop")]
    [InlineData("resilience/ns/shop", null, null)]
    [InlineData("resilience/ns", null, null)]
    [InlineData("discovery/ns/shop/bulkhead", null, null)]
    public void Streams_say_which_service_they_speak_of(string stream, string? ns, string? name) =>
        Assert.Equal(ns is null ? null : new ServiceKey(ns, name!), ResilienceStreams.KeyOf(stream));

    [Fact]
    public void Every_kind_has_a_name_that_reads_back() =>
        Assert.All(PolicyKinds.All, kind => Assert.Equal(kind, PolicyKinds.Parse(PolicyKinds.NameOf(kind))));
}
