using Mesh.Contracts.Traffic;
using Mesh.Kernel.Log;

namespace Mesh.Traffic.Delivery.State;

/// <summary>What events of deliveries mean (Flow steps 2 and 5): pure steps from one <see cref="DeliveryState"/> to the next.</summary>
internal static class DeliveryFold
{
    public static DeliveryState Started(DeliveryState state, LogEntry entry, CanaryStarted e) => state with
    {
        Canary = new CanaryState(e.Canary, entry.StreamVersion, CanaryPhase.Running, 1, entry.Time,
            [new CanaryStepAnswer { Time = entry.Time, What = "started", Weight = e.Canary.Steps![0], By = entry.Actor }]),
        Version = entry.StreamVersion,
    };

    public static DeliveryState Advanced(DeliveryState state, LogEntry entry, CanaryAdvanced e) =>
        Change(state, entry, canary => canary with { Step = e.Step }, "advanced", e.Reason, e.Observed);

    public static DeliveryState Completed(DeliveryState state, LogEntry entry, CanaryCompleted e) =>
        Change(state, entry, canary => canary with { Step = canary.Spec.Steps!.Count, Phase = CanaryPhase.Completed }, "completed",
            e.Reason, e.Observed);

    public static DeliveryState Aborted(DeliveryState state, LogEntry entry, CanaryAborted e) =>
        Change(state, entry, canary => canary with { Phase = CanaryPhase.Aborted }, "aborted", e.Reason, e.Observed);

    public static DeliveryState Switched(DeliveryState state, LogEntry entry, BlueGreenSwitched e) =>
        state with { Switch = new SwitchState(e.Route, e.To, e.Before, false, entry.Time, entry.Actor), Version = entry.StreamVersion };

    public static DeliveryState RolledBack(DeliveryState state, LogEntry entry) =>
        state with
        {
            Switch = state.Switch! with { RolledBack = true, Since = entry.Time, By = entry.Actor },
            Version = entry.StreamVersion,
        };

    private static DeliveryState Change(DeliveryState state, LogEntry entry, Func<CanaryState, CanaryState> change, string what,
        string? reason, CanaryObservation? observed)
    {
        var canary = change(state.Canary!);
        var step = new CanaryStepAnswer
        {
            Time = entry.Time,
            What = what,
            Weight = canary.Weight,
            By = entry.Actor,
            Reason = reason,
            Observed = observed,
        };
        return state with
        {
            Canary = canary with { Since = entry.Time, History = [.. canary.History, step] },
            Version = entry.StreamVersion,
        };
    }
}
