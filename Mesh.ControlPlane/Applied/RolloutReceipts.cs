using Mesh.Contracts.Rest;
using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Xds;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Applied;

/// <summary>
/// What one client has of the changes that are being rolled out, from what it was sent and what it said to it. Only a client that really
/// holds a resource of the change counts: one that does not use the service has nothing to say about it.
/// </summary>
internal sealed class RolloutReceipts(SnapshotHub hub)
{
    /// <summary>Whether anything is being rolled out to a client; what it holds need not be gone through otherwise.</summary>
    public bool Concern(NodeIdentity node) =>
        hub.Current[node.Flavour].Varied.Values.Any(varied => varied.Who.Rollout?.Takes(node.Id) == true);

    /// <summary>By the rollout's id; null where it has nothing of any.</summary>
    /// <param name="node">The client.</param>
    /// <param name="holdings">What it was last sent.</param>
    /// <param name="rows">How far it is with each type.</param>
    public IReadOnlyDictionary<string, string>? Of(NodeIdentity node, IReadOnlyList<XdsResource> holdings,
        IReadOnlyCollection<ProxyTypeAnswer> rows)
    {
        Dictionary<string, string>? receipts = null;
        var caller = node.Service.Length > 0 ? XdsNames.Canonical(node.Service) : "";
        foreach (var varied in hub.Current[node.Flavour].Varied.Values)
        {
            if (varied.Who.Rollout is not { } rollout || !rollout.Takes(node.Id) || varied.Of(caller, node.Id) is not { } variant) continue;
            // Envoy's listeners are bound for each node; its routes are the shared ones.
            var types = holdings.Where(held => variant.Resources.TryGetValue((held.Type, held.Name), out var own) && own?.Hash == held.Hash)
                .Select(held => held.Type.ToString()).ToHashSet();
            if (types.Count == 0) continue;
            var states = rows.Where(row => types.Contains(row.Type)).ToList();
            (receipts ??= [])[rollout.Id] = states.Exists(row => row.Nack is not null && row.NackSequence >= rollout.Since)
                ? RolloutReceipt.Nacked
                : states.Count == types.Count && states.TrueForAll(row => row.State == "SYNCED")
                    ? RolloutReceipt.Acked
                    : RolloutReceipt.Sent;
        }

        return receipts;
    }
}
