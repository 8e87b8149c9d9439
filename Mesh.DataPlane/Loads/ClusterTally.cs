namespace Mesh.DataPlane.Loads;

/// <summary>Counts requests to one cluster, locality by locality, for as long as this data plane knows it. Flow step 9.</summary>
/// <param name="cluster">The cluster's name.</param>
/// <param name="book">Where it is listed from its first request on, or null for nowhere.</param>
public sealed class ClusterTally(string cluster, TallyBook? book)
{
    private readonly Lock _lock = new();
    private LocalityTally[] _localities = [];
    private long _overRequests;
    private long _overPending;

    /// <summary>The cluster's name.</summary>
    public string Cluster => cluster;

    /// <summary>Its localities so far.</summary>
    internal IReadOnlyList<LocalityTally> Localities => Volatile.Read(ref _localities);

    /// <summary>Requests that its circuit breakers turned away, by which of them.</summary>
    internal (long Requests, long Pending) Dropped => (Interlocked.Read(ref _overRequests), Interlocked.Read(ref _overPending));

    /// <summary>What has been reported of <see cref="Dropped"/>. The reporter's alone, like the next.</summary>
    internal (long Requests, long Pending) ReportedDropped { get; set; }

    /// <summary>Since when there has been nothing to report; 0 while there is.</summary>
    internal long IdleSince { get; set; }

    /// <summary>The counts of a locality, always the same ones.</summary>
    /// <param name="locality"><c>region/zone/sub_zone</c>, or empty.</param>
    /// <param name="priority">Its priority.</param>
    public LocalityTally Of(string locality, uint priority)
    {
        lock (_lock)
        {
            foreach (var known in _localities)
            {
                if (known.Priority == priority && known.Locality == locality)
                    return known;
            }

            var made = new LocalityTally(this, locality, priority);
            Volatile.Write(ref _localities, [.. _localities, made]);
            return made;
        }
    }

    /// <summary>A circuit breaker has turned a request away that would have been sent.</summary>
    /// <param name="pending">Whether too many were waiting for a connection, and not too many under way.</param>
    public void Drop(bool pending)
    {
        Interlocked.Increment(ref pending ? ref _overPending : ref _overRequests);
        Used();
    }

    internal void Used() => book?.Add(this);
}
