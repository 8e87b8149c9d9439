using Mesh.Contracts.Resilience;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Routing;
using Mesh.Xds.Resources;
using Microsoft.Extensions.Logging;

namespace Mesh.DataPlane.Incidents;

/// <summary>
/// Looks now and then at what the clusters' outlier detection and circuit breakers have counted, and writes down what is new. Requests know
/// nothing of it. A cluster's circuit is open while one of its endpoints is ejected, and for <see cref="StaysOpen"/> after a request was
/// rejected. Not thread-safe. Flow step 9.
/// </summary>
public sealed class IncidentWatch(IncidentBook book, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);
    private readonly Dictionary<ClusterState, Seen> _seen = [];
    private long _round;

    /// <summary>How long a circuit stays open after a request was rejected.</summary>
    public static TimeSpan StaysOpen { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Clusters whose circuit is open.</summary>
    public IEnumerable<string> Open => _seen.Values.Where(seen => seen.IsOpen).Select(seen => seen.Cluster);

    /// <summary>One look at everything.</summary>
    public void Look(RoutingSnapshot snapshot)
    {
        _round++;
        var now = time.GetTimestamp();
        foreach (var cluster in snapshot.Clusters.Values)
        {
            // Most clusters have never been in trouble.
            if ((cluster.Config.Outliers is null || cluster.State.OutliersIfAny is null) && cluster.State.GateIfAny is null
                && !_seen.ContainsKey(cluster.State))
                continue;
            Look(cluster, now);
        }

        foreach (var (state, seen) in _seen.Where(one => one.Value.Round != _round).ToList())
        {
            // It is gone, or was recreated.
            if (seen.IsOpen)
                Write(seen, IncidentKinds.CircuitClosed, 1, "the cluster was removed");
            _seen.Remove(state);
        }
    }

    private void Look(ClusterSnapshot cluster, long now)
    {
        if (!_seen.TryGetValue(cluster.State, out var seen))
            _seen[cluster.State] = seen = new Seen(cluster.Name);
        seen.Round = _round;

        // Without requests nobody else lets the time of ejections end.
        if (cluster.Config.Outliers is not null)
            cluster.PickerAt(now);
        var ejections = cluster.State.OutliersIfAny?.Ejections ?? 0;
        var turnedAway = cluster.State.GateIfAny?.TurnedAway ?? 0;
        var (ejected, refused) = (ejections - seen.Ejections, turnedAway - seen.TurnedAway);
        (seen.Ejections, seen.TurnedAway) = (ejections, turnedAway);
        var outside = cluster.Config.Outliers is null
            ? []
            : cluster.Endpoints.Where(e => e.State.IsEjected).Select(e => e.State.Address).ToHashSet(StringComparer.Ordinal);
        var news = string.Join(", ", outside.Except(seen.Out).DefaultIfEmpty("back already"));
        seen.Out = outside;
        if (refused > 0)
            seen.OpenUntil = now + (long)(StaysOpen.TotalSeconds * time.TimestampFrequency);

        var isOpen = outside.Count > 0 || now < seen.OpenUntil;
        if (!seen.IsOpen && (isOpen || ejected > 0))
            Write(seen, IncidentKinds.CircuitOpened, 1, ejected > 0 ? $"ejected: {news}" : "requests are rejected");
        if (ejected > 0)
            Write(seen, IncidentKinds.InstanceEjected, ejected, news);
        if (refused > 0)
            Write(seen, IncidentKinds.BulkheadRejected, refused, "");
        if (!isOpen && (seen.IsOpen || ejected > 0))
            Write(seen, IncidentKinds.CircuitClosed, 1, "");
        seen.IsOpen = isOpen;
        Log(seen, ejected, news, now);
    }

    // A subset's cluster is its service's.
    private void Write(Seen seen, string kind, long count, string detail)
    {
        var service = XdsNames.ServiceOf(seen.Cluster);
        book.Add(service, kind, count, service == seen.Cluster ? detail : $"{seen.Cluster}{(detail.Length > 0 ? ": " : "")}{detail}");
    }

    private void Log(Seen seen, long ejected, string who, long now)
    {
        seen.Unlogged += ejected;
        if (ejected > 0)
            seen.Who = who;
        if (seen.Unlogged == 0 || now < seen.LogAgain)
            return;
        logger.Ejected(seen.Unlogged, seen.Cluster, seen.Who);
        (seen.Unlogged, seen.LogAgain) = (0, now + (long)(Quiet.TotalSeconds * time.TimestampFrequency));
    }

    /// <summary>What was seen of a cluster the last time.</summary>
    private sealed class Seen(string cluster)
    {
        public string Cluster { get; } = cluster;

        public long Round { get; set; }

        public long Ejections { get; set; }

        public long TurnedAway { get; set; }

        public HashSet<string> Out { get; set; } = [];

        public long OpenUntil { get; set; } = long.MinValue;

        public bool IsOpen { get; set; }

        public long Unlogged { get; set; }

        public string Who { get; set; } = "";

        public long LogAgain { get; set; } = long.MinValue;
    }
}
