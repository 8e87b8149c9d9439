using Mesh.DataPlane.Loads;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.DataPlane.Loads;

public class LoadReportTests
{
    private readonly TallyBook _book = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_report_that_did_not_get_away_is_part_of_the_next_one_and_one_that_did_is_not()
    {
        var tally = new ClusterTally("shop", _book).Of("r/z/s", 1);
        Finish(tally, LoadOutcome.Succeeded, 2);
        Assert.Equal(2ul, Report().Request.ClusterStats.Single().UpstreamLocalityStats.Single().TotalSuccessfulRequests);
        Finish(tally, LoadOutcome.Failed, 1);
        var both = Report();
        var stats = both.Request.ClusterStats.Single().UpstreamLocalityStats.Single();
        Assert.Equal((2ul, 1ul, 3ul, 1u),
            (stats.TotalSuccessfulRequests, stats.TotalErrorRequests, stats.TotalIssuedRequests, stats.Priority));
        Assert.Equal(("r", "z", "s"), (stats.Locality.Region, stats.Locality.Zone, stats.Locality.SubZone));
        both.Sent();
        Assert.Empty(Report().Request.ClusterStats);
        Finish(tally, LoadOutcome.Failed, 4);
        Assert.Equal(4ul, Report().Request.ClusterStats.Single().UpstreamLocalityStats.Single().TotalErrorRequests);
    }

    [Fact]
    public void Times_add_up_in_milliseconds_of_those_requests_that_have_one()
    {
        var tally = new ClusterTally("shop", _book).Of("", 0);
        tally.Begin();
        tally.End(LoadOutcome.Succeeded, _time.TimestampFrequency / 4);
        tally.Begin();
        tally.End(LoadOutcome.Failed, _time.TimestampFrequency / 2);
        tally.Begin();
        tally.End(LoadOutcome.Succeeded, -1);
        tally.Begin();
        tally.End(LoadOutcome.Abandoned, 5);
        var stats = Report().Request.ClusterStats.Single().UpstreamLocalityStats.Single();
        var metric = Assert.Single(stats.LoadMetricStats);
        Assert.Equal(("mesh.request_ms", 2ul, 750.0), (metric.MetricName, metric.NumRequestsFinishedWithMetric, metric.TotalMetricValue));
        Assert.Equal((4ul, 0ul), (stats.TotalIssuedRequests, stats.TotalRequestsInProgress));
    }

    [Fact]
    public void Only_clusters_that_were_asked_for_are_reported_and_the_others_keep_their_counts()
    {
        Finish(new ClusterTally("shop", _book).Of("", 0), LoadOutcome.Succeeded, 1);
        Finish(new ClusterTally("cart", _book).Of("", 0), LoadOutcome.Succeeded, 1);
        var some = LoadReport.Of(_book, name => name == "cart", 0, _time);
        Assert.Equal("cart", some.Request.ClusterStats.Single().ClusterName);
        some.Sent();
        Assert.Equal("shop", Report().Request.ClusterStats.Single().ClusterName);
    }

    [Fact]
    public async Task Nothing_is_lost_while_many_count_and_reports_are_taken()
    {
        const int each = 50_000;
        var tally = new ClusterTally("shop", _book).Of("", 0);
        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(() => Finish(tally, LoadOutcome.Succeeded, each))).ToList();
        var (succeeded, issued, timed) = (0ul, 0ul, 0ul);
        var done = Task.WhenAll(workers);
        while (true)
        {
            var last = done.IsCompleted;
            var report = Report();
            foreach (var stats in report.Request.ClusterStats.SelectMany(c => c.UpstreamLocalityStats))
            {
                (succeeded, issued) = (succeeded + stats.TotalSuccessfulRequests, issued + stats.TotalIssuedRequests);
                timed += stats.LoadMetricStats.SingleOrDefault()?.NumRequestsFinishedWithMetric ?? 0;
            }

            report.Sent();
            if (last) break;
        }

        await done;
        Assert.Equal((4ul * each, 4ul * each, 4ul * each), (succeeded, issued, timed));
    }

    private static void Finish(LocalityTally tally, LoadOutcome outcome, int times)
    {
        for (var i = 0; i < times; i++)
        {
            tally.Begin();
            tally.End(outcome, 1);
        }
    }

    private LoadReport Report() => LoadReport.Of(_book, _ => true, 0, _time);
}
