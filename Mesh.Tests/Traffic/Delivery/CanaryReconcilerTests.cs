using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Mesh.Tests.Kernel.Reconciling.Support;
using Mesh.Traffic.Delivery.Decisions;
using Mesh.Traffic.Delivery.Reconciling;
using Mesh.Traffic.Delivery.State;
using Mesh.Traffic.State;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Traffic.Delivery;

/// <summary>The reconciler on a clock of the test; the Registry's side is the real decision on the same state.</summary>
public sealed class CanaryReconcilerTests : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private readonly EngineBench _engine;
    private readonly MemoryLoadWindows _windows;

    public CanaryReconcilerTests()
    {
        _engine = new EngineBench(new TrafficFold(), Decide);
        _windows = new MemoryLoadWindows(_engine.Time);
    }

    private CanaryState Canary => _engine.Replica.Current.Facts<TrafficState>().Find(DeliveryLog.Shop)!.Delivery!.Canary!;

    private int Commands => _engine.Registry.Calls.Count(call => call.Method is "Advance" or "Abort");

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task A_healthy_canary_goes_from_step_to_step_and_completes_itself()
    {
        await Begin();
        await Under(() => _windows.Add("shop@v2", 20), () => Canary.Phase == CanaryPhase.Completed, "it completes");
        Assert.Equal(["started 10", "advanced 50", "advanced 100", "completed 100"],
            Canary.History.Select(step => $"{step.What} {step.Weight}"));
        foreach (var (step, before) in Canary.History.Skip(1).Zip(Canary.History))
            Assert.True(step.Time - before.Time >= TimeSpan.FromMinutes(1), $"{before.Time} {step.Time}");
        Assert.Equal(3, Commands);
        Assert.All(Canary.History.Skip(1), step => Assert.True(step.Observed!.Canary.Requests >= 100));
    }

    [Fact]
    public async Task A_failing_canary_is_taken_back_at_once()
    {
        await Begin("8h");
        await Under(() => _windows.Add("shop@v2", 19, 1), () => Canary.Phase == CanaryPhase.Aborted, "it is aborted");
        Assert.True(Canary.Since - Canary.History[0].Time < TimeSpan.FromHours(8));
        Assert.Contains("requests failed", Canary.History[^1].Reason, StringComparison.Ordinal);
        Assert.Equal("shop@v1",
            _engine.Replica.Current.Facts<TrafficState>().Find(DeliveryLog.Shop)!.Routes["default"].Spec.Destinations!
                .Select(to => $"shop@{to.Subset}").Single());
        Assert.Equal(1, Commands);
    }

    [Fact]
    public async Task Too_few_requests_or_windows_that_cannot_be_read_hold_it_for_as_long_as_it_takes()
    {
        await Begin();
        _windows.Add("shop@v2", 1000);
        // What came before the step's first whole window does not count.
        for (var i = 0; i < 35; i++) await Tick();
        _windows.Add("shop@v2", 99);
        _windows.Away = true;
        for (var i = 0; i < 35; i++) await Tick();
        _windows.Away = false;
        for (var i = 0; i < 35; i++) await Tick();
        Assert.Equal((1, 0), (Canary.Step, Commands));
        _windows.Add("shop@v2", 1);
        await _engine.Until(() => Canary.Step == 2, "the hundredth request lets it go on", Look);
    }

    [Fact]
    public async Task Two_workers_and_one_that_is_late_decide_a_step_once()
    {
        await Begin();
        await Under(() => _windows.Add("shop@v2", 20), () => Canary.Step == 2, "the second step");
        var first = _engine.Registry.Of("Advance").Single();
        // The same verdict again, as a second worker would send it: another key or none makes no difference.
        var reply = (V1.DeliveryReply)Decide(first);
        Assert.Equal((false, 2, 50), (reply.Changed, reply.Step, reply.Weight));
        Assert.Equal(2, Canary.Step);
    }

    [Fact]
    public async Task A_worker_that_begins_half_way_goes_on_where_the_other_one_was()
    {
        Start();
        // Nobody looks for a while: what was reported meanwhile is in the windows.
        _engine.Time.Advance(TimeSpan.FromSeconds(20));
        _windows.Add("shop@v2", 500);
        _engine.Time.Advance(TimeSpan.FromMinutes(5));
        await _engine.Start(Reconciler());
        await _engine.Until(() => Canary.Step == 2, "the step is decided by what was seen");
        Assert.Equal(500, Canary.History[^1].Observed!.Canary.Requests);
        _windows.Add("shop@v2", 500, 50);
        _engine.Time.Advance(TimeSpan.FromSeconds(5));
        _windows.Add("shop@v2", 500, 50);
        await _engine.Until(() => Canary.Phase == CanaryPhase.Aborted, "and so is the next one", Look);
    }

    private CanaryReconciler Reconciler() =>
        new(_windows, _engine.Time, Options.Create(new DeliveryOptions { CheckInterval = Look }), NullLogger<CanaryReconciler>.Instance);

    private void Start(string bake = "1m")
    {
        // In the middle of a window.
        _engine.Time.Advance(TimeSpan.FromSeconds(3));
        Apply(DeliveryLog.StartOf(DeliveryLog.Canary.Replace("1m", bake, StringComparison.Ordinal)));
    }

    private async Task Begin(string bake = "1m")
    {
        Start(bake);
        await _engine.Start(Reconciler());
        await _engine.Until(() => _windows.Reads > 0, "the reconciler looks");
    }

    /// <summary>Lets the clock run on, from look to look, under what <paramref name="load"/> adds each time.</summary>
    private async Task Under(Action load, Func<bool> until, string because)
    {
        for (var i = 0; i < 1000 && !until(); i++)
        {
            load();
            await Tick();
        }

        Assert.True(until(), $"{because}; it is {Canary}, {Canary.Phase}");
    }

    /// <summary>The next look of the reconciler.</summary>
    private async Task Tick()
    {
        var before = _windows.Reads;
        await _engine.Until(() => _windows.Reads > before || Canary.Phase != CanaryPhase.Running, "the reconciler looks",
            TimeSpan.FromSeconds(1));
        await _engine.Settled();
    }

    private object Decide(SeenCall call)
    {
        var verdict = (V1.CanaryVerdict)call.Request;
        var guard = new CanaryGuard(verdict.Canary, verdict.Step);
        var observed = new CanaryObservation { Stable = Seen(verdict.Observed.Stable), Canary = Seen(verdict.Observed.Canary) };
        return Apply(call.Method == "Advance"
            ? new AdvanceCanary(DeliveryLog.Shop) { Guard = guard, Reason = verdict.Reason, Observed = observed }
            : new AbortCanary(DeliveryLog.Shop) { Guard = guard, Reason = verdict.Reason, Observed = observed });
    }

    private V1.DeliveryReply Apply(ICommand command)
    {
        var state = _engine.Replica.Current;
        var decision = command.Decide(state, new DecisionContext(_engine.Time.GetUtcNow(), "test", state.Sequence + 1));
        Assert.Null(decision.Refusal);
        if (decision.Events.Count > 0) _engine.Replica.Commit(0, [.. decision.Events]);
        var answer = (DeliveryAnswer)decision.Answer!;
        return new V1.DeliveryReply
        {
            Changed = decision.Events.Count > 0,
            Sequence = _engine.Replica.Current.Sequence,
            Step = answer.Step ?? 0,
            Weight = answer.Weight ?? 0,
        };
    }

    private static ObservedLoad Seen(V1.ObservedLoad load) => new() { Requests = load.Requests, Failed = load.Failed };
}
