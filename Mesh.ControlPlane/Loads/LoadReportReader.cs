using Mesh.Kernel.Loads;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Loads;

/// <summary>What of a report counts, and what is wrong with the rest.</summary>
/// <param name="Loads">By cluster.</param>
/// <param name="Dropped">Requests that the client has not even sent.</param>
/// <param name="Faults">Each cluster that was refused, with the reason.</param>
internal sealed record LoadReading(IReadOnlyList<ClusterLoad> Loads, long Dropped, IReadOnlyList<string> Faults);

/// <summary>
/// Reads <c>envoy.service.load_stats.v3.LoadStatsRequest</c>. A cluster whose report cannot be true is refused whole, the others count.
/// Flow step 9.
/// </summary>
internal static class LoadReportReader
{
    /// <summary>More requests than any client makes between two reports of a cluster; a negative number looks like one, too.</summary>
    public const ulong MostRequests = 100_000_000;

    /// <summary>What happened longer ago must not count as what happens now.</summary>
    public static readonly TimeSpan LongestInterval = TimeSpan.FromMinutes(5);

    private static readonly double LongestRequestMs = TimeSpan.FromDays(1).TotalMilliseconds;

    /// <summary>Reads a report.</summary>
    /// <param name="report">As it came.</param>
    /// <param name="takes">
    /// Whether a cluster's results count: true, false for one that is known and of no interest, null for one that nobody knows.
    /// </param>
    public static LoadReading Read(LoadStatsRequest report, Func<string, bool?> takes)
    {
        var loads = new List<ClusterLoad>(report.ClusterStats.Count);
        var faults = new List<string>();
        var dropped = 0L;
        foreach (var stats in report.ClusterStats)
        {
            var taken = takes(stats.ClusterName);
            if (taken == false) continue;
            if ((taken is null ? "is not a cluster of the mesh" : Fault(stats)) is { } fault)
            {
                faults.Add($"'{Printable(stats.ClusterName)}' {fault}");
                continue;
            }

            dropped += (long)stats.TotalDroppedRequests;
            var load = stats.UpstreamLocalityStats.Select(Load).Aggregate(LoadWindow.None, (sum, one) => sum.Plus(one));
            if (load != LoadWindow.None) loads.Add(new(stats.ClusterName, load));
        }

        return new(loads, dropped, faults);
    }

    private static string? Fault(ClusterStats stats)
    {
        if (stats.LoadReportInterval is { } interval && (interval.Seconds < 0 || interval.Seconds > LongestInterval.TotalSeconds))
            return $"reports {interval.Seconds} s at once; {LongestInterval.TotalSeconds} s is the most that can still stand for now";
        if (stats.TotalDroppedRequests > MostRequests)
            return $"drops {stats.TotalDroppedRequests} requests: no client makes so many between two reports";
        var all = 0.0;
        foreach (var locality in stats.UpstreamLocalityStats)
        {
            all += (double)locality.TotalSuccessfulRequests + locality.TotalErrorRequests;
            foreach (var metric in locality.LoadMetricStats.Where(IsLatency))
            {
                if (metric.NumRequestsFinishedWithMetric > MostRequests || !(metric.TotalMetricValue >= 0)
                    || metric.TotalMetricValue > metric.NumRequestsFinishedWithMetric * LongestRequestMs)
                    return $"says that {metric.NumRequestsFinishedWithMetric} requests took {metric.TotalMetricValue} ms";
            }
        }

        return all > MostRequests ? $"counts {all} requests: no client makes so many between two reports" : null;
    }

    private static LoadWindow Load(UpstreamLocalityStats locality)
    {
        var load = new LoadWindow { Succeeded = (long)locality.TotalSuccessfulRequests, Failed = (long)locality.TotalErrorRequests };
        foreach (var metric in locality.LoadMetricStats.Where(IsLatency))
            load = load with
            {
                Timed = load.Timed + (long)metric.NumRequestsFinishedWithMetric,
                Milliseconds = load.Milliseconds + metric.TotalMetricValue,
            };
        return load;
    }

    private static bool IsLatency(EndpointLoadMetricStats metric) => metric.MetricName == LoadMetrics.RequestMilliseconds;

    private static string Printable(string name) => string.Concat(name.Take(128).Select(c => c is >= ' ' and <= '~' ? c : '?'));
}
