using System.Collections.Concurrent;

namespace Mesh.DataPlane.Loads;

/// <summary>Counts requests to one cluster, locality by locality, for as long as this data plane knows it. Flow step 9.</summary>
/// <param name="cluster">The cluster's name.</param>
/// <param name="book">Where it is listed from its first request on, or null for nowhere.</param>
public sealed class ClusterTally(string cluster, TallyBook? book)
{
    private readonly Lock _lock = new();
    private LocalityTally[] _localities = [];
    private readonly ConcurrentDictionary<string, long> _shares = new(StringComparer.Ordinal);
    private long _overRequests;
    private long _overPending;

    /// <summary>The cluster's name.</summary>
    public string Cluster => cluster;

    /// <summary>Its localities so far.</summary>
    internal IReadOnlyList<LocalityTally> Localities => Volatile.Read(ref _localities);

    /// <summary>Requests that its circuit breakers rejected, by which of them.</summary>
    internal (long Requests, long Pending) Dropped => (Interlocked.Read(ref _overRequests), Interlocked.Read(ref _overPending));

    /// <summary>What has been reported of <see cref="Dropped"/>. The reporter's alone, like the next.</summary>
    internal (long Requests, long Pending) ReportedDropped { get; set; }

    /// <summary>Requests of shares that the control plane wants rejected, by what each share is called.</summary>
    internal IReadOnlyDictionary<string, long> Shares => _shares;

    /// <summary>What has been reported of <see cref="Shares"/>.</summary>
    internal Dictionary<string, long> ReportedShares { get; } = new(StringComparer.Ordinal);

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

    /// <summary>A request was rejected as one of a share that the control plane wants rejected.</summary>
    /// <param name="category">What that share is called.</param>
    public void DropShare(string category)
    {
        _shares.AddOrUpdate(category, 1, static (_, count) => count + 1);
        Used();
    }

    internal void Used() => book?.Add(this);
}
