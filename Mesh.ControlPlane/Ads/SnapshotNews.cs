using Mesh.ControlPlane.Snapshots;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>What a published snapshot means to one stream: which names of a type it has to look at, and because of which entries.</summary>
/// <param name="scope">Whose stream it is.</param>
/// <param name="snapshot">The snapshot.</param>
/// <param name="changes">What has changed since the one before; null where that is too long ago to tell.</param>
/// <param name="own">The resources that the client has for itself and that differ from before.</param>
/// <param name="now">The time.</param>
internal sealed class SnapshotNews(
    StreamScope scope, XdsSnapshot snapshot, List<SnapshotChange>? changes, IReadOnlyCollection<(XdsType Type, string Name)> own,
    DateTimeOffset now)
{
    private XdsView View => snapshot[scope.Flavour];

    /// <summary>Marks the names of a type that may differ from what was sent.</summary>
    public void Mark(TypeState type)
    {
        if (own.Count > 0) MarkOwn(type);
        if (changes is null) MarkAll(type);
        else MarkChanged(type, changes);
    }

    private void MarkOwn(TypeState type)
    {
        foreach (var (_, name) in own.Where(o => o.Type == type.Type))
        {
            if (type.Wildcard) type.CoverOne(name, scope.Covers(View, type.Type, name), now);
            if (!type.Wants(name) && !type.PendingRemovals.ContainsKey(name)) continue;
            type.Changed.Add(name);
            foreach (var change in changes ?? []) type.AddCauses(change.Causes);
        }
    }

    private void MarkAll(TypeState type)
    {
        if (type.Wildcard) type.Cover(scope, View, now);
        type.Changed.UnionWith(type.Names.Keys);
        type.Changed.UnionWith(type.Covered.Keys);
        type.Changed.UnionWith(type.Sent.Keys);
    }

    private void MarkChanged(TypeState type, List<SnapshotChange> changed)
    {
        var extending = new List<SnapshotChange>();
        var recover = false;
        foreach (var change in changed)
        {
            var relevant = false;
            var configuration = false;
            foreach (var (changedType, name) in change.ByFlavour[(int)scope.Flavour])
            {
                configuration |= changedType != XdsTypes.ClusterLoadAssignment;
                if (changedType != type.Type) continue;
                if (type.Wildcard && scope.All) type.CoverOne(name, scope.Covers(View, changedType, name), now);
                if (!type.Wants(name) && !type.PendingRemovals.ContainsKey(name)) continue;
                type.Changed.Add(name);
                relevant = true;
            }

            recover |= configuration;
            if (relevant) type.AddCauses(change.Causes);
            else if (configuration) extending.Add(change);
        }

        // Only a change of configuration can move the wildcard's extent; a change of endpoints alone never does.
        if (!recover || !type.Wildcard || scope.All || !type.Cover(scope, View, now)) return;
        foreach (var change in extending) type.AddCauses(change.Causes);
    }
}
