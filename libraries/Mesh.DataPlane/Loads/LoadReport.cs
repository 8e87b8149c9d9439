using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Loads;

/// <summary>
/// What has happened since the last report that was sent. Only <see cref="Sent"/> takes it off the books: one that was not sent is part
/// of the next. Flow step 9.
/// </summary>
internal sealed class LoadReport
{
    private readonly List<(LocalityTally Tally, LoadTotals Totals)> _localities = [];
    private readonly List<(ClusterTally Tally, (long, long) Dropped)> _drops = [];
    private readonly List<(ClusterTally Tally, string Category, long Count)> _shares = [];

    /// <summary>The report without a node.</summary>
    public LoadStatsRequest Request { get; } = new();

    /// <summary>Finished requests in it.</summary>
    public long Finished { get; private set; }

    /// <summary>Draws one up.</summary>
    /// <param name="book">What was counted.</param>
    /// <param name="asked">Whether a cluster was asked for.</param>
    /// <param name="since">Since when the last one was sent.</param>
    /// <param name="time">The clock that requests are timed with.</param>
    public static LoadReport Of(TallyBook book, Func<string, bool> asked, long since, TimeProvider time)
    {
        var report = new LoadReport();
        var interval = Duration.FromTimeSpan(time.GetElapsedTime(since));
        foreach (var tally in book.Clusters)
        {
            if (!asked(tally.Cluster))
                continue;
            if (report.Cluster(tally, time) is { } stats)
            {
                stats.LoadReportInterval = interval;
                report.Request.ClusterStats.Add(stats);
            }
            else if (tally.IdleSince == 0)
            {
                tally.IdleSince = time.GetTimestamp();
            }
        }

        return report;
    }

    /// <summary>It was sent.</summary>
    public void Sent()
    {
        foreach (var (tally, totals) in _localities)
            tally.Reported = totals;
        foreach (var (tally, dropped) in _drops)
            tally.ReportedDropped = dropped;
        foreach (var (tally, category, count) in _shares)
            tally.ReportedShares[category] = count;
    }

    private ClusterStats? Cluster(ClusterTally tally, TimeProvider time)
    {
        var stats = new ClusterStats { ClusterName = tally.Cluster };
        foreach (var locality in tally.Localities)
        {
            var totals = locality.Read();
            if (totals == locality.Reported && totals.InProgress == 0)
                continue;
            // Time that was counted a moment before its request waits for that.
            if (totals.Minus(locality.Reported).Timed == 0)
                totals = totals with { Elapsed = locality.Reported.Elapsed };
            _localities.Add((locality, totals));
            stats.UpstreamLocalityStats.Add(Locality(locality, totals, totals.Minus(locality.Reported), time));
        }

        var (requests, pending) = tally.Dropped;
        var news = (Requests: requests - tally.ReportedDropped.Requests, Pending: pending - tally.ReportedDropped.Pending);
        Dropped(stats, "max_requests", news.Requests);
        Dropped(stats, "max_pending_requests", news.Pending);
        foreach (var (category, count) in tally.Shares)
        {
            Dropped(stats, category, count - tally.ReportedShares.GetValueOrDefault(category));
            _shares.Add((tally, category, count));
        }

        if (stats.TotalDroppedRequests > 0)
            _drops.Add((tally, (requests, pending)));
        if (stats.UpstreamLocalityStats.Count == 0 && stats.TotalDroppedRequests == 0)
            return null;
        tally.IdleSince = 0;
        return stats;
    }

    private UpstreamLocalityStats Locality(LocalityTally tally, LoadTotals totals, LoadTotals news, TimeProvider time)
    {
        Finished += news.Succeeded + news.Failed;
        var parts = tally.Locality.Split('/', 3);
        var stats = new UpstreamLocalityStats
        {
            Locality = parts is [var region, var zone, var subZone]
                ? new Locality { Region = region, Zone = zone, SubZone = subZone }
                : new Locality(),
            Priority = tally.Priority,
            TotalIssuedRequests = (ulong)news.Issued,
            TotalSuccessfulRequests = (ulong)news.Succeeded,
            TotalErrorRequests = (ulong)news.Failed,
            TotalRequestsInProgress = (ulong)totals.InProgress,
        };
        if (news.Timed > 0)
        {
            stats.LoadMetricStats.Add(new EndpointLoadMetricStats
            {
                MetricName = LoadMetrics.RequestMilliseconds,
                NumRequestsFinishedWithMetric = (ulong)news.Timed,
                TotalMetricValue = news.Elapsed * 1000.0 / time.TimestampFrequency,
            });
        }

        return stats;
    }

    private static void Dropped(ClusterStats stats, string category, long count)
    {
        if (count == 0)
            return;
        stats.TotalDroppedRequests += (ulong)count;
        stats.DroppedRequests.Add(new ClusterStats.Types.DroppedRequests { Category = category, DroppedCount = (ulong)count });
    }
}
