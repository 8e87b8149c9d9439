using System.Runtime.InteropServices;

namespace Mesh.DataPlane.Configuration;

/// <summary>Who refers to which resource of one kind, and which names the control plane has yet to be told of.</summary>
internal sealed class Subscriptions
{
    private readonly Dictionary<string, HashSet<string>> _referrers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _begun = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Names => _referrers.Keys;

    public IReadOnlyCollection<string> ReferrersOf(string name) => _referrers.TryGetValue(name, out var referrers) ? referrers : [];

    public void Add(string name, string referrer)
    {
        ref var referrers = ref CollectionsMarshal.GetValueRefOrAddDefault(_referrers, name, out var known);
        (referrers ??= new(StringComparer.Ordinal)).Add(referrer);
        if (known)
            return;

        // Also where the end has not been told yet: what was here went with it and has to come again.
        _ended.Remove(name);
        _begun.Add(name);
    }

    /// <summary>One referrer less; true when nobody refers to the name any more.</summary>
    public bool Release(string name, string referrer)
    {
        if (!_referrers.TryGetValue(name, out var referrers) || !referrers.Remove(referrer) || referrers.Count > 0)
            return false;

        _referrers.Remove(name);
        _begun.Remove(name);
        _ended.Add(name);
        return true;
    }

    /// <summary>What has begun and ended since the last call.</summary>
    public (IReadOnlyList<string> Begun, IReadOnlyList<string> Ended) Drain()
    {
        (string[] Begun, string[] Ended) changes = ([.. _begun], [.. _ended]);
        _begun.Clear();
        _ended.Clear();
        return changes;
    }
}
