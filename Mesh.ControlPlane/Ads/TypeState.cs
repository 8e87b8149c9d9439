using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Log;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// What one stream knows of one type: what the client asked for, what it was last sent, and what it is owed. Everything here is bounded by
/// the client's own subscription.
/// </summary>
public sealed class TypeState(XdsType type)
{
    private const int MaxCauses = 64;
    private const int KeptCapacity = 32;
    private UInt128 _sum;

    public XdsType Type { get; } = type;

    /// <summary>Whether the client has asked for this type at all.</summary>
    public bool Requested { get; set; }

    /// <summary>Names asked for one by one.</summary>
    public SharedMap<string> Names { get; } = new();

    /// <summary>Whether the client asked for whatever its wildcard covers.</summary>
    public bool Wildcard { get; set; }

    /// <summary>What the wildcard covers now.</summary>
    public SharedMap<string> Covered { get; } = new();

    /// <summary>What the client was last sent, by name.</summary>
    public SharedMap<XdsResource> Sent { get; } = new();

    /// <summary>Names whose subscription has to be answered, changed or not.</summary>
    public SharedMap<string> Pending { get; } = new();

    /// <summary>
    /// Names that are not there and cannot be called absent yet, each with the question it waits for: they may have been appended to the
    /// log before the client asked.
    /// </summary>
    public Dictionary<string, long> Unconfirmed { get; } = new(StringComparer.Ordinal);

    /// <summary>The client has come to this stream with what it holds from an earlier one, and has had no response yet.</summary>
    public bool ComesBack { get; set; }

    /// <summary>
    /// Whether the type's first response waits for a name that is held: the client has it perhaps, and would take it for gone where a
    /// response lacks it.
    /// </summary>
    public bool WaitsWhole => ComesBack && Unconfirmed.Count > 0 && Type.IsFullState;

    /// <summary>A response is owed even if it will hold nothing.</summary>
    public bool NeedsEmptyResponse { get; set; }

    /// <summary>Names that may differ from what was sent.</summary>
    public HashSet<string> Changed { get; } = new(StringComparer.Ordinal);

    /// <summary>Names to send again though unchanged, because what points at them was changed and waits for them.</summary>
    public HashSet<string> Again { get; } = new(StringComparer.Ordinal);

    /// <summary>Names that are gone and still with the client, since when.</summary>
    public Dictionary<string, DateTimeOffset> PendingRemovals { get; } = new(StringComparer.Ordinal);

    /// <summary>Responses not answered yet, oldest first.</summary>
    public List<SentResponse> Unacknowledged { get; } = [];

    /// <summary>
    /// Names of which the client refused the version that it answered last, each with the version that it uses instead, if that is known.
    /// </summary>
    public Dictionary<string, XdsResource?> Refused { get; } = new(StringComparer.Ordinal);

    /// <summary>Names that the client brought along in another version than the current one.</summary>
    public HashSet<string> Outdated { get; } = new(StringComparer.Ordinal);

    /// <summary>The entries behind <see cref="Changed"/>, newest last.</summary>
    public List<LogEntry> Causes { get; } = [];

    public bool HasChanges => Changed.Count > 0 || Again.Count > 0;

    public bool HasPending => Pending.Count > 0 || NeedsEmptyResponse;

    /// <summary>The version of everything the client was sent.</summary>
    public string Version => XdsResource.Format(_sum);

    public bool Wants(string name) => Names.Contains(name) || (Wildcard && Covered.Contains(name));

    /// <summary>Whether a response waits for its answer, and has not waited too long to hold others up.</summary>
    public bool IsWaiting(DateTimeOffset now) => Unacknowledged.Count > 0 && Unacknowledged[^1].SentAt + PushOrder.Patience > now;

    /// <summary>When an answer that has not come holds others up no longer, or a removal waits no longer; null for never.</summary>
    public DateTimeOffset? DueAt(DateTimeOffset now)
    {
        DateTimeOffset? first = IsWaiting(now) ? Unacknowledged[^1].SentAt : null;
        foreach (var since in PendingRemovals.Values)
        {
            if (first is null || since < first) first = since;
        }

        return first + PushOrder.Patience;
    }

    /// <summary>Takes the wildcard's new extent: what came in is looked at, what fell out (and was not named) is leaving.</summary>
    /// <param name="scope">Whose wildcard it is.</param>
    /// <param name="view">What it is of.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether anything did.</returns>
    public bool Cover(StreamScope scope, XdsView view, DateTimeOffset now)
    {
        var covered = scope.Wildcard(view, Type);
        var moved = false;
        foreach (var name in covered)
        {
            if (Covered.Set(name, name)) moved |= Changed.Add(name);
        }

        // What is covered is in it now, so that nothing else is where there are as many.
        var gone = Covered.Count == covered.Count ? [] : Covered.Keys.Where(name => !covered.Contains(name)).ToList();
        foreach (var name in gone)
        {
            Covered.Remove(name);
            if (!Names.Contains(name) && Sent.Contains(name)) moved |= PendingRemovals.TryAdd(name, now);
        }

        Covered.Share(view.AllNames(Type));
        return moved;
    }

    /// <summary>One name came into the wildcard or fell out of it.</summary>
    public void CoverOne(string name, bool covered, DateTimeOffset now)
    {
        if (covered) Covered.Set(name, name);
        else if (Covered.Remove(name) is not null && !Names.Contains(name) && Sent.Contains(name)) PendingRemovals.TryAdd(name, now);
    }

    /// <summary>The client no longer asks for whatever its wildcard covers.</summary>
    public void EndWildcard()
    {
        Wildcard = false;
        foreach (var name in Covered.Keys)
        {
            if (!Names.Contains(name)) Unsubscribe(name);
        }

        Covered.Clear();
    }

    /// <summary>Reduces <see cref="Changed"/> to what really differs from what was sent; what is gone is leaving.</summary>
    public void Settle(XdsView view, StreamScope scope, DateTimeOffset now)
    {
        foreach (var name in Changed)
        {
            var current = Wants(name) ? scope.Resolve(view, Type, name) : null;
            var sent = Sent.Find(name);
            if (current is not null)
            {
                PendingRemovals.Remove(name);
                if (sent is null || sent.Hash != current.Hash) continue;
            }
            else if (sent is not null)
            {
                PendingRemovals.TryAdd(name, now);
            }

            Changed.Remove(name);
        }

        Again.RemoveWhere(name => !Wants(name) || scope.Resolve(view, Type, name) is null);
        if (Changed.Count == 0 && Pending.Count == 0 && PendingRemovals.Count == 0) Causes.Clear();
    }

    /// <summary>
    /// Those of a response's resources that take the place of another version with the client, and that one where it is known.
    /// </summary>
    public List<(XdsResource New, XdsResource? Old)> Replacing(IEnumerable<XdsResource> resources)
    {
        var replacing = new List<(XdsResource New, XdsResource? Old)>();
        foreach (var resource in resources)
        {
            var old = Sent.Find(resource.Name);
            if (Outdated.Remove(resource.Name) || (old is not null && old.Hash != resource.Hash)) replacing.Add((resource, old));
        }

        return replacing;
    }

    /// <summary>
    /// Names are in a response that is being made, or come to nothing in it; also as changes, if the response may deliver those.
    /// </summary>
    /// <param name="names">The names.</param>
    /// <param name="all">Whether all that are owed are among them.</param>
    /// <param name="changes">Whether changes may be delivered.</param>
    public void Given(IReadOnlyCollection<string> names, bool all, bool changes)
    {
        foreach (var name in names)
        {
            // What answers a subscription delivers the change too.
            if (!changes && !Pending.Contains(name)) continue;
            Changed.Remove(name);
            Again.Remove(name);
            if (!all) Pending.Remove(name);
        }

        if (all) Pending.Clear();
    }

    /// <summary>Gives back what the sets of names to look at once needed: they are hardly ever full again.</summary>
    public void TrimWork()
    {
        Trim(Changed);
        Trim(Again);
    }

    /// <summary>Shares with other streams what this one has as they do.</summary>
    public void Share(XdsView view)
    {
        Names.Share(view.AllNames(Type));
        Covered.Share(view.AllNames(Type));
        Pending.Share(view.AllNames(Type));
        Sent.Share(view.All(Type));
    }

    public void Record(XdsResource resource)
    {
        PendingRemovals.Remove(resource.Name);
        if (Sent.Find(resource.Name) is { } old) _sum -= old.Hash;
        Sent.Set(resource.Name, resource);
        _sum += resource.Hash;
    }

    /// <summary>
    /// The client has refused resources of a response. What it had of them before stays in force, whatever else of them it refuses.
    /// </summary>
    public void Refuse(IEnumerable<string> names, SentResponse response)
    {
        foreach (var name in names) Refused.TryAdd(name, response.Replaced.GetValueOrDefault(name));
    }

    /// <summary>The client has a name no more.</summary>
    public void Forget(string name)
    {
        PendingRemovals.Remove(name);
        if (Sent.Remove(name) is { } old) _sum -= old.Hash;
        Refused.Remove(name);
        Outdated.Remove(name);
    }

    /// <summary>The client no longer asks for a name.</summary>
    public void Unsubscribe(string name)
    {
        Names.Remove(name);
        Unconfirmed.Remove(name);
        if (Wildcard && Covered.Contains(name)) return;
        Forget(name);
        Pending.Remove(name);
        Changed.Remove(name);
        Again.Remove(name);
    }

    public void AddCauses(IReadOnlyList<LogEntry> causes)
    {
        Causes.AddRange(causes);
        if (Causes.Count > MaxCauses) Causes.RemoveRange(0, Causes.Count - MaxCauses);
    }

    private static void Trim(HashSet<string> names)
    {
        if (names.Count == 0 && names.Capacity > KeptCapacity) names.TrimExcess();
    }
}
