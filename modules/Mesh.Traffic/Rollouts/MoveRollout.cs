using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Traffic.Routes;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Rollouts;

/// <summary>What can become of a rollout that is in progress.</summary>
public enum RolloutMove
{
    /// <summary>A larger share gets it, or all.</summary>
    Advance,

    /// <summary>Somebody ends it.</summary>
    Abort,

    /// <summary>A client of the share refused it: it goes back.</summary>
    Halt,

    /// <summary>Nobody can see how the share takes it.</summary>
    Pause,

    /// <summary>It can be seen again.</summary>
    Resume,

    /// <summary>Its bake time is over, and all of the share have it.</summary>
    Complete,
}

/// <summary>
/// Moves a service's rollout (Flow step 2). Workers report what they see, each for itself: only the first report counts, and one on a
/// rollout or a share that is no longer the present one changes nothing.
/// </summary>
/// <param name="Key">The service.</param>
/// <param name="Move">What is to become of it.</param>
public sealed record MoveRollout(ServiceKey Key, RolloutMove Move) : ICommand<TrafficAnswer>
{
    /// <summary>Condition on the version of the service's rollouts.</summary>
    public Precondition? Precondition { get; init; }

    /// <summary>The rollout that is meant; null for the present one.</summary>
    public string? Id { get; init; }

    /// <summary>The share: of an advance the new one (null for all), of a report the one that was looked at.</summary>
    public int? Percent { get; init; }

    /// <summary>The client that refused it.</summary>
    public string? Node { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <inheritdoc/>
    public string Name => "traffic.move-rollout";

    /// <inheritdoc/>
    public JsonTypeInfo<TrafficAnswer> AnswerType => AnswerJson.Default.TrafficAnswer;

    /// <inheritdoc/>
    public string Stream => TrafficStreams.Rollout(Key);

    private bool IsReport => Move is not (RolloutMove.Advance or RolloutMove.Abort);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var service = state.Facts<TrafficState>().Find(Key);
        var rollout = service?.Rollout;
        if (Precondition?.Check(rollout?.Version, $"The rollout of {Key}") is { } unmet) return Decision.Rejected(unmet);
        if (service is null || rollout is null)
            return IsReport
                ? Decision.Unchanged(new TrafficAnswer())
                : Decision.Rejected(RefusalKind.NotFound, "service", "no-rollout", $"Nothing is being rolled out to clients of {Key}.");
        var late = !rollout.Active || (Id is not null && Id != rollout.Spec.Id)
            || (IsReport && Percent is { } seen && seen != rollout.Percent);
        // A worker whose clock is ahead of the Registry's reports too soon, and again each second.
        late |= Move == RolloutMove.Complete && context.Time < rollout.Since + rollout.Bake;
        if (late && Move == RolloutMove.Advance && !rollout.Active)
            return Decision.Rejected(RefusalKind.Conflict, "service", "rollout-over",
                $"Rollout {rollout.Spec.Id} of {Key} is over. Start another.");
        // A canary that was started meanwhile sets the destinations of its route: the rollout waits for its end.
        if (!late && (Move == RolloutMove.Complete || (Move == RolloutMove.Advance && Percent is null or 100))
            && RolloutChange.HeldBy(service, rollout.Spec) is { } held)
            return Decision.Rejected(held);
        var events = late ? [] : Events(service, rollout);
        if (events is null)
            return Decision.Rejected(RefusalKind.Invalid, "percent", "out-of-range",
                $"Rollout {rollout.Spec.Id} of {Key} has reached {rollout.Percent} % already; set a higher percentage, or leave it out "
                    + "for all.");
        return Decision.Changed(events,
            new TrafficAnswer { Version = state.Stream(Stream).Version + events.Count(e => e.Stream == Stream) });
    }

    private List<NewEvent>? Events(ServiceTraffic service, RolloutState rollout)
    {
        var (ns, name, id) = (Key.Namespace, Key.Name, rollout.Spec.Id);
        switch (Move)
        {
            case RolloutMove.Advance when Percent is { } percent and < 100:
                if (percent < rollout.Percent) return null;
                return percent == rollout.Percent ? [] : [NewEvent.Of(Stream, new RolloutAdvanced(ns, name, id, percent))];
            case RolloutMove.Complete when rollout.Phase != RolloutPhase.Running:
                return [];
            case RolloutMove.Advance or RolloutMove.Complete:
                return [.. RolloutChange.Of(Key, service, rollout.Spec),
                    NewEvent.Of(Stream, new RolloutEnded(ns, name, id, RolloutFold.Completed))];
            case RolloutMove.Abort:
                return [NewEvent.Of(Stream, new RolloutEnded(ns, name, id, RolloutFold.Aborted))];
            case RolloutMove.Halt:
                return [NewEvent.Of(Stream, new RolloutHalted(ns, name, id, Node ?? "", Reason ?? "")),
                    NewEvent.Of(Stream, new RolloutEnded(ns, name, id, RolloutFold.RolledBack))];
            case RolloutMove.Pause:
                return rollout.Phase == RolloutPhase.Paused ? [] : [NewEvent.Of(Stream, new RolloutPaused(ns, name, id, Reason ?? ""))];
            default:
                return rollout.Phase == RolloutPhase.Running ? [] : [NewEvent.Of(Stream, new RolloutResumed(ns, name, id))];
        }
    }
}
