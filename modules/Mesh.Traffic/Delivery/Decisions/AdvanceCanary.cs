using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.State;

namespace Mesh.Traffic.Delivery.Decisions;

/// <summary>A verdict holds for this canary and this step only: on any other it changes nothing.</summary>
/// <param name="Canary">Its <see cref="CanaryState.Id"/>.</param>
/// <param name="Step">From 1.</param>
public sealed record CanaryGuard(long Canary, int Step);

/// <summary>
/// Brings a canary forward: to the next step, to one that is named, or to its end; behind the last step is its end (Flow step 2). A step
/// that it has reached already is unchanged.
/// </summary>
/// <param name="Key">The service.</param>
public sealed record AdvanceCanary(ServiceKey Key) : DeliveryCommand(Key)
{
    /// <summary>Whether to complete it at once.</summary>
    public bool All { get; init; }

    /// <summary>The step to be at, from 1; null for the next one.</summary>
    public int? Step { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>What it was decided by; null by hand.</summary>
    public CanaryObservation? Observed { get; init; }

    /// <summary>What a worker's verdict is about; null by hand.</summary>
    public CanaryGuard? Guard { get; init; }

    /// <inheritdoc/>
    public override string Name => Guard is null ? "traffic.promote-canary" : "traffic.advance-canary";

    /// <inheritdoc/>
    private protected override Decision Decide(MeshState state, DeliveryState? delivery, DecisionContext context)
    {
        if (delivery?.Canary is not { } canary) return Decision.Rejected(CanaryRefusals.None(Key));
        var asItIs = Decision.Unchanged(DeliveryAnswer.Of(canary, delivery.Version));
        // A verdict that comes late, or from a worker whose clock is ahead, is passed over; it is reached again where it still holds.
        if (Guard is not null
            && (delivery.Running is null || Guard != new CanaryGuard(canary.Id, canary.Step)
                || context.Time < canary.Since + canary.BakeTime)) return asItIs;
        if (canary.Phase == CanaryPhase.Aborted)
            return Decision.Rejected(RefusalKind.Conflict, "service", "aborted",
                $"Canary {canary.Spec.Canary} of {Key} was aborted at {canary.Since:u}. Start it again.");
        var last = canary.Spec.Steps!.Count;
        if (Step is { } named && named > last)
            return Decision.Rejected(RefusalKind.Invalid, "step", "out-of-range", $"The canary has {last} steps.");
        var step = All ? last + 1 : Step ?? canary.Step + 1;
        if (canary.Phase == CanaryPhase.Completed || step <= canary.Step) return asItIs;

        var version = state.Stream(Stream).Version + 1;
        if (step > last)
        {
            var done = DeliveryAnswer.Of(canary with { Step = last, Phase = CanaryPhase.Completed }, version);
            return DeliveryRoute.Lead(state, Key, canary.Spec.Route,
                NewEvent.Of(Stream, new CanaryCompleted(Key.Namespace, Key.Name, Reason, Observed)), done, (canary.Tried, 100));
        }

        var next = canary with { Step = step };
        var advanced = new CanaryAdvanced(Key.Namespace, Key.Name, step, next.Weight, Reason, Observed);
        return DeliveryRoute.Lead(state, Key, canary.Spec.Route, NewEvent.Of(Stream, advanced), DeliveryAnswer.Of(next, version),
            (canary.Tried, next.Weight), (canary.Stable, 100 - next.Weight));
    }
}

/// <summary>Refusals that several commands on canaries have.</summary>
internal static class CanaryRefusals
{
    public static Refusal None(ServiceKey key) =>
        Refusal.Of(RefusalKind.NotFound, "service", "unknown-canary", $"{key} has had no canary. Start one (canary start).");
}
