using Grpc.Core;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Kernel.Xds;
using Mesh.Tests.Kernel.Reconciling.Support;
using Mesh.Traffic.Delivery.Reconciling;
using Mesh.Traffic.Rollouts;
using Mesh.Traffic.Routes;
using Mesh.Traffic.State;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Traffic.Delivery;

/// <summary>Rollouts judged on a clock of the test; the Registry's side is the real decision on the same state.</summary>
public sealed class RolloutReconcilerTests : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly Table _table = new();
    private readonly EngineBench _engine;
    private string? _held;

    public RolloutReconcilerTests() => _engine = new EngineBench(new TrafficFold(), Decide);

    private RolloutState Rollout => _engine.Replica.Current.Facts<TrafficState>().Find(DeliveryLog.Shop)!.Rollout!;

    private IEnumerable<string> Reports => _engine.Registry.Of("Report").Select(call => ((V1.RolloutVerdict)call.Request).Verdict);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task What_all_of_the_share_have_taken_is_given_to_all_once_it_has_baked()
    {
        await Begin();
        _table.Has(Rollout, RolloutReceipt.Acked, RolloutReceipt.Acked);
        var started = _engine.Time.GetUtcNow();
        await _engine.Until(() => Rollout.Phase == RolloutPhase.Completed, "it completes", Look);
        Assert.True(_engine.Time.GetUtcNow() - started >= TimeSpan.FromSeconds(10));
        Assert.Equal(["complete"], Reports);
        Assert.Equal(["beta"], _engine.Replica.Current.Facts<TrafficState>().Find(DeliveryLog.Shop)!.Routes.Keys);
        Assert.Equal("reconciler:traffic-rollout", _engine.Registry.Of("Report").Single().Header(CommandHeaders.Actor));
    }

    [Fact]
    public async Task A_refusal_by_one_client_takes_it_back_with_its_name_and_words()
    {
        await Begin();
        _table.Has(Rollout, RolloutReceipt.Acked, RolloutReceipt.Nacked);
        await _engine.Until(() => Rollout.Phase == RolloutPhase.RolledBack, "it goes back", Look);
        Assert.Equal(("node-1", "RouteConfiguration: I will not"), (Rollout.Node, Rollout.Reason));
        Assert.Equal(["halt"], Reports);
    }

    [Fact]
    public async Task While_nobody_can_see_the_clients_it_pauses_and_goes_on_when_they_are_seen_again()
    {
        await Begin();
        _table.Has(Rollout, RolloutReceipt.Acked);
        _table.Blind = "Redis is unavailable";
        await _engine.Until(() => Rollout.Phase == RolloutPhase.Paused, "it pauses", Look);
        Assert.Equal("Redis is unavailable", Rollout.Reason);
        _table.Blind = null;
        await _engine.Until(() => Rollout.Phase == RolloutPhase.Running, "it goes on", Look);
        await _engine.Until(() => Rollout.Phase == RolloutPhase.Completed, "it completes", Look);
        Assert.Equal(["pause", "resume", "complete"], Reports);
    }

    [Fact]
    public async Task A_worker_that_begins_half_way_goes_on_where_the_other_one_was()
    {
        Start();
        _table.Has(Rollout, RolloutReceipt.Acked);
        _engine.Time.Advance(TimeSpan.FromMinutes(5));
        await _engine.Start(Reconciler());
        await _engine.Until(() => Rollout.Phase == RolloutPhase.Completed, "it completes");
        // The same verdict again, as a second worker would send it.
        Assert.False(((V1.TrafficWriteReply)Decide(_engine.Registry.Of("Report").Single())).Changed);
    }

    [Fact]
    public async Task What_the_Registry_refuses_is_tried_again_until_it_is_taken()
    {
        _held = "a canary holds the route";
        await Begin();
        _table.Has(Rollout, RolloutReceipt.Acked);
        await _engine.Until(() => Reports.Count() >= 3, "it is tried again", Look);
        Assert.Equal(RolloutPhase.Running, Rollout.Phase);
        Assert.Empty(_engine.Letters);
        _held = null;
        await _engine.Until(() => Rollout.Phase == RolloutPhase.Completed, "it completes", Look);
    }

    private RolloutReconciler Reconciler() =>
        new(_table, _engine.Time, Options.Create(new DeliveryOptions { RolloutCheckInterval = Look }),
            NullLogger<RolloutReconciler>.Instance);

    private void Start()
    {
        using var document = System.Text.Json.JsonDocument.Parse(
            """{"service":"shop","percent":50,"bake":"10s","routes":[{"service":"shop","name":"beta","match":[{"path":"""
                + """{"prefix":"/b"}}],"destinations":[{"service":"shop"}]}]}""");
        var faults = new Faults();
        Apply(new StartRollout(RolloutReader.Read(document.RootElement, faults)!));
    }

    private async Task Begin()
    {
        Start();
        await _engine.Start(Reconciler());
        await _engine.Until(() => _table.Looks > 0, "the reconciler looks");
    }

    private object Decide(SeenCall call)
    {
        if (_held is { } why) throw new RpcException(new Status(StatusCode.Aborted, why));
        var verdict = (V1.RolloutVerdict)call.Request;
        var faults = new Faults();
        var valid = RolloutVerdicts.Read(new ServiceKey(verdict.Namespace, verdict.Service), verdict.Id, verdict.Verdict, verdict.Percent,
            verdict.Node, verdict.Reason, faults);
        Assert.False(faults.Any);
        return Apply(valid!.Command(null));
    }

    private V1.TrafficWriteReply Apply(ICommand command)
    {
        var state = _engine.Replica.Current;
        var decision = command.Decide(state, new DecisionContext(_engine.Time.GetUtcNow(), "test", state.Sequence + 1));
        Assert.Null(decision.Refusal);
        if (decision.Events.Count > 0) _engine.Replica.Commit(0, [.. decision.Events]);
        return new V1.TrafficWriteReply
        {
            Changed = decision.Events.Count > 0,
            Sequence = _engine.Replica.Current.Sequence,
            Revision = ((TrafficAnswer)decision.Answer!).Version,
        };
    }

    /// <summary>What clients have applied, as a test says.</summary>
    private sealed class Table : IAppliedClients
    {
        private volatile IReadOnlyList<ProxyAnswer> _clients = [];
        private int _looks;

        public int Looks => Volatile.Read(ref _looks);

        public string? Blind { get; set; }

        public void Has(RolloutState rollout, params string[] receipts) => _clients =
            [.. receipts.Select((receipt, n) => new ProxyAnswer
            {
                Node = $"node-{n}",
                Rollouts = new Dictionary<string, string> { [rollout.Spec.Id] = receipt },
                Types = receipt == RolloutReceipt.Nacked
                    ? [new ProxyTypeAnswer { Type = "RouteConfiguration", Nack = "I will not", NackSequence = rollout.Started }]
                    : [],
            })];

        public Task<(IReadOnlyList<ProxyAnswer> Clients, string? Blind)> SeeAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _looks);
            return Task.FromResult((_clients, Blind));
        }
    }
}
