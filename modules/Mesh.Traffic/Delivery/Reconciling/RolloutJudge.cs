using Mesh.Contracts.Rest;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Xds;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Delivery.Reconciling;

/// <summary>
/// What is to become of a rollout, from the applied table of all control planes. Pure; every worker comes to the same. Flow step 8.
/// </summary>
internal static class RolloutJudge
{
    /// <summary>How long clients may take to answer before that counts as not seeing them.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>How long it takes until all whom a change was sent to stand in the table: control planes write it once a second.</summary>
    private static readonly TimeSpan Shown = TimeSpan.FromSeconds(2);

    /// <summary>The verdict; null where things are to stay as they are.</summary>
    /// <param name="rollout">An active one.</param>
    /// <param name="clients">The applied table.</param>
    /// <param name="blind">Why the table does not hold all clients; null where it does.</param>
    /// <param name="now">The time.</param>
    public static RolloutReport? Judge(RolloutState rollout, IReadOnlyList<ProxyAnswer> clients, string? blind, DateTimeOffset now)
    {
        var id = rollout.Spec.Id;
        var share = clients.Where(client => client.Rollouts?.ContainsKey(id) == true).ToList();
        if (share.Find(client => client.Rollouts![id] == RolloutReceipt.Nacked) is { } refused)
        {
            var words = refused.Types.Where(type => type.Nack is not null && type.NackSequence >= rollout.Started)
                .Select(type => $"{type.Type}: {type.Nack}");
            return Report("halt", string.Join("; ", words), refused.Node);
        }

        var open = share.Count(client => client.Rollouts![id] != RolloutReceipt.Acked);
        var unseen = blind
            ?? (share.Count == 0
                ? "no client of the share has received it: none is connected, or none uses the service; raise the percentage"
            : open > 0 ? $"{open} of {share.Count} clients of the share have not answered" : null);
        var age = now - rollout.Since;
        if (rollout.Phase == RolloutPhase.Paused) return unseen is null ? Report("resume", null, null) : null;
        if (unseen is not null) return age > Patience ? Report("pause", unseen, null) : null;
        return age >= rollout.Bake && age >= Shown ? Report("complete", null, null) : null;

        RolloutReport Report(string verdict, string? reason, string? node) =>
            new() { Id = id, Verdict = verdict, Percent = rollout.Percent, Reason = reason, Node = node };
    }
}
