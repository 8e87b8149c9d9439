using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Traffic.Routes;

namespace Mesh.Traffic.Rollouts;

/// <summary>What has been seen of a rollout, as a request: the same rules over REST and over gRPC.</summary>
internal static class RolloutVerdicts
{
    /// <summary>The request; null where <paramref name="faults"/> has any.</summary>
    public static ValidRequest<TrafficAnswer>? Read(
        ServiceKey? key, string? id, string? verdict, int? percent, string? node, string? reason, Faults faults)
    {
        if (id is null) faults.Add("id", "missing", "Set the id of the rollout.");
        RolloutMove? move = verdict switch
        {
            "halt" => RolloutMove.Halt,
            "pause" => RolloutMove.Pause,
            "resume" => RolloutMove.Resume,
            "complete" => RolloutMove.Complete,
            _ => null,
        };
        if (move is null) faults.Add("verdict", "unknown-value", $"'{verdict}' is not a verdict; use halt, pause, resume or complete.");
        if (id is null || move is not { } to) return null;
        return ValidRequest.Of<TrafficAnswer>(key, faults, (service, precondition) =>
            new MoveRollout(service, to)
            {
                Id = id,
                Percent = percent is 0 ? null : percent,
                Node = node,
                Reason = reason,
                Precondition = precondition,
            });
    }
}
