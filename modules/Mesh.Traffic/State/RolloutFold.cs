using Mesh.Contracts.Traffic;
using Mesh.Kernel.Log;

namespace Mesh.Traffic.State;

/// <summary>What the events of rollouts mean (Flow steps 2 and 5): pure steps from one <see cref="RolloutState"/> to the next.</summary>
internal static class RolloutFold
{
    public const string Completed = "completed", RolledBack = "rolled-back", Aborted = "aborted";

    public static ServiceTraffic Started(ServiceTraffic service, LogEntry entry, RolloutStarted e) =>
        service with
        {
            Rollout = new RolloutState(e.Rollout, entry.Sequence, RolloutPhase.Running, e.Rollout.Percent, entry.Time, null, null,
                entry.StreamVersion),
        };

    public static ServiceTraffic Advanced(ServiceTraffic service, LogEntry entry, RolloutAdvanced e) =>
        Change(service, entry, e.Id,
            rollout => rollout with { Percent = e.Percent, Since = entry.Time, Phase = RolloutPhase.Running, Reason = null });

    public static ServiceTraffic Paused(ServiceTraffic service, LogEntry entry, RolloutPaused e) =>
        Change(service, entry, e.Id, rollout => rollout with { Phase = RolloutPhase.Paused, Since = entry.Time, Reason = e.Reason });

    public static ServiceTraffic Resumed(ServiceTraffic service, LogEntry entry, RolloutResumed e) =>
        Change(service, entry, e.Id, rollout => rollout with { Phase = RolloutPhase.Running, Since = entry.Time, Reason = null });

    public static ServiceTraffic Halted(ServiceTraffic service, LogEntry entry, RolloutHalted e) =>
        Change(service, entry, e.Id, rollout => rollout with { Node = e.Node, Reason = e.Reason });

    public static ServiceTraffic Ended(ServiceTraffic service, LogEntry entry, RolloutEnded e) =>
        Change(service, entry, e.Id, rollout => rollout with
    {
        Phase = e.Outcome switch { Completed => RolloutPhase.Completed, RolledBack => RolloutPhase.RolledBack, _ => RolloutPhase.Aborted },
        Since = entry.Time,
    });

    private static ServiceTraffic Change(ServiceTraffic service, LogEntry entry, string id, Func<RolloutState, RolloutState> change) =>
        service.Rollout is { } rollout && rollout.Spec.Id == id
            ? service with { Rollout = change(rollout) with { Version = entry.StreamVersion } }
            : service;
}
