using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.State;

namespace Mesh.Traffic.Delivery.Decisions;

/// <summary>
/// Takes a canary back: all requests of its route go to the stable one, in the same command (Flow step 2). What is aborted already is
/// unchanged.
/// </summary>
/// <param name="Key">The service.</param>
public sealed record AbortCanary(ServiceKey Key) : DeliveryCommand(Key)
{
    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>What it was decided by; null by hand.</summary>
    public CanaryObservation? Observed { get; init; }

    /// <summary>What a worker's verdict is about; null by hand.</summary>
    public CanaryGuard? Guard { get; init; }

    /// <inheritdoc/>
    public override string Name => "traffic.abort-canary";

    /// <inheritdoc/>
    private protected override Decision Decide(MeshState state, DeliveryState? delivery, DecisionContext context)
    {
        if (delivery?.Canary is not { } canary) return Decision.Rejected(CanaryRefusals.None(Key));
        var outdated = Guard is not null && (delivery.Running is null || Guard != new CanaryGuard(canary.Id, canary.Step));
        if (outdated || canary.Phase == CanaryPhase.Aborted) return Decision.Unchanged(DeliveryAnswer.Of(canary, delivery.Version));
        if (canary.Phase == CanaryPhase.Completed)
        {
            return Decision.Rejected(RefusalKind.Conflict, "service", "completed",
                $"Canary {canary.Spec.Canary} of {Key} was completed at {canary.Since:u} and serves all requests. To go back, switch to "
                    + $"{canary.Spec.Stable} (blue-green switch).");
        }

        var aborted = DeliveryAnswer.Of(canary with { Phase = CanaryPhase.Aborted }, state.Stream(Stream).Version + 1);
        return DeliveryRoute.Lead(state, Key, canary.Spec.Route,
            NewEvent.Of(Stream, new CanaryAborted(Key.Namespace, Key.Name, Reason, Observed)), aborted, (canary.Stable, 100));
    }
}
