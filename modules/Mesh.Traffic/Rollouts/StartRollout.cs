using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Traffic.Routes;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Rollouts;

/// <summary>
/// Begins to roll a change out to a share of a service's clients (Flow step 2). The same again changes nothing, nor does what all clients
/// have already.
/// </summary>
/// <param name="Rollout">Valid and in normal form, without an id.</param>
public sealed record StartRollout(RolloutSpec Rollout) : ICommand<TrafficAnswer>
{
    /// <summary>Condition on the version of the service's rollouts.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => "traffic.start-rollout";

    /// <inheritdoc/>
    public JsonTypeInfo<TrafficAnswer> AnswerType => AnswerJson.Default.TrafficAnswer;

    /// <inheritdoc/>
    public string Stream => TrafficStreams.Rollout(new(Rollout.Namespace, Rollout.Service));

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var key = new ServiceKey(Rollout.Namespace, Rollout.Service);
        var service = state.Facts<TrafficState>().Find(key) ?? new ServiceTraffic { Key = key };
        var last = service.Rollout;
        if (Precondition?.Check(last?.Version, $"The rollout of {key}") is { } unmet) return Decision.Rejected(unmet);
        if (last is { Active: true })
        {
            return Json(last.Spec with { Id = "" }).AsSpan().SequenceEqual(Json(Rollout))
                ? Decision.Unchanged(new TrafficAnswer { Version = last.Version })
                : Decision.Rejected(RefusalKind.Conflict, "service", "rollout-running",
                    $"Rollout {last.Spec.Id} of {key} has reached {last.Percent} % and is not over: advance it, abort it, or wait for it.");
        }

        if (RolloutChange.Of(key, service, Rollout).Count == 0)
            return Decision.Unchanged(new TrafficAnswer { Version = last?.Version ?? 0 });
        if (RolloutChange.HeldBy(service, Rollout) is { } held) return Decision.Rejected(held);
        var started = new RolloutStarted(Rollout with { Id = $"r{context.NextSequence}" });
        var candidate = new RolloutState(started.Rollout, 0, RolloutPhase.Running, Rollout.Percent, context.Time, null, null, 0);
        var after = candidate.Apply(service);
        var conflicts = candidate.Routes.Select(route => RouteChange.ConflictOf(after, route)).OfType<Refusal>()
            .SelectMany(refusal => refusal.Problems).ToList();
        if (conflicts.Count > 0) return Decision.Rejected(new Refusal(RefusalKind.Conflict, conflicts));
        if (after.Routes.Count > Math.Max(service.Routes.Count, TrafficLimits.RoutesPerService))
            return Decision.Rejected(RefusalKind.LimitReached, "routes", "limit-reached",
                $"Service {key} would have {after.Routes.Count} routes; {TrafficLimits.RoutesPerService} is the limit.");
        return Decision.Changed([NewEvent.Of(Stream, started)], new TrafficAnswer { Version = state.Stream(Stream).Version + 1 });
    }

    private static byte[] Json(RolloutSpec rollout) => JsonSerializer.SerializeToUtf8Bytes(rollout, TrafficJson.Default.RolloutSpec);
}
