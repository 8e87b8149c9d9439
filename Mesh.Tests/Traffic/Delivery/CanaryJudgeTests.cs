using Mesh.Contracts.Traffic;
using Mesh.Kernel.Loads;
using Mesh.Traffic.Delivery.Reconciling;

namespace Mesh.Tests.Traffic.Delivery;

public class CanaryJudgeTests
{
    private readonly DeliveryLog _log = new();

    private static LoadWindow Load(long requests, long failed = 0, double meanMs = 10) =>
        new() { Succeeded = requests - failed, Failed = failed, Timed = meanMs > 0 ? requests : 0, Milliseconds = requests * meanMs };

    private CanaryVerdict Judge(LoadWindow? stable, LoadWindow? tried, int afterSeconds = 60, string? success = null, int step = 1)
    {
        if (_log.Delivery is null)
        {
            _log.Start(
                $$"""{"service":"shop","stable":"shop@v1","canary":"shop@v2","steps":"""
                    + $$"""[10,50],"bakeTime":"1m","success":{{success ?? "{}"}}}""");
            if (step > 1) _log.Promote(step);
        }

        return CanaryJudge.Judge(_log.Log.State, _log.State, _log.State.Since.AddSeconds(afterSeconds), stable, tried);
    }

    [Theory]
    [InlineData(59, 100, 0, CanaryNext.Bakes)]
    [InlineData(60, 100, 0, CanaryNext.Advances)]
    [InlineData(60, 99, 0, CanaryNext.Holds)]
    [InlineData(6000, 0, 0, CanaryNext.Holds)]
    [InlineData(60, 100, 1, CanaryNext.Advances)]
    [InlineData(60, 100, 2, CanaryNext.Aborts)]
    [InlineData(1, 2, 2, CanaryNext.Aborts)]
    [InlineData(1, 1, 1, CanaryNext.Bakes)]
    [InlineData(1, 1000, 10, CanaryNext.Bakes)]
    [InlineData(1, 1000, 11, CanaryNext.Aborts)]
    public void Time_requests_and_failures_decide(int seconds, int requests, int failed, CanaryNext next) =>
        Assert.Equal(next, Judge(Load(1000), Load(requests, failed), seconds).Next);

    [Fact]
    public void What_cannot_be_read_decides_nothing()
    {
        foreach (var (stable, tried) in ((LoadWindow?, LoadWindow?)[])[(null, null), (null, Load(500)), (Load(500), null)])
            Assert.Equal(CanaryNext.Holds, Judge(stable, tried, 600).Next);
        // What is known to be wrong is wrong whatever else is unknown.
        Assert.Equal(CanaryNext.Aborts, Judge(null, Load(500, 100)).Next);
    }

    [Fact]
    public void A_latency_over_its_bound_aborts_and_one_that_nobody_reports_holds()
    {
        const string success = """{"maxMeanLatency":"50ms"}""";
        Assert.Equal(CanaryNext.Aborts, Judge(Load(900), Load(100, 0, 51), 5, success).Next);
        Assert.Equal(CanaryNext.Advances, Judge(Load(900), Load(100, 0, 50)).Next);
        Assert.Equal(CanaryNext.Bakes, Judge(Load(900), Load(99, 0, 500), 5).Next);
        var silent = Judge(Load(900), Load(100, 0, 0));
        Assert.Equal(CanaryNext.Holds, silent.Next);
        Assert.Contains("latency", silent.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_latency_is_compared_with_the_stable_one_in_the_same_time_as_long_as_that_gets_requests()
    {
        const string success = """{"maxLatencyRatio":1.5}""";
        Assert.Equal(CanaryNext.Aborts, Judge(Load(900, 0, 20), Load(100, 0, 31), 5, success).Next);
        Assert.Equal(CanaryNext.Advances, Judge(Load(900, 0, 20), Load(100, 0, 30)).Next);
        Assert.Equal(CanaryNext.Holds, Judge(Load(99, 0, 20), Load(100, 0, 30)).Next);
        _log.Promote(step: 3);
        Assert.Equal(CanaryNext.Advances, Judge(LoadWindow.None, Load(100, 0, 30)).Next);
    }

    [Fact]
    public void A_canary_that_nobody_serves_any_more_is_taken_back_unless_nobody_serves_the_stable_one_either()
    {
        Assert.Equal(CanaryNext.Advances, Judge(Load(900), Load(100)).Next);
        _log.Log.Send(new Mesh.Discovery.Mode.SetMode(DeliveryLog.Shop, Instance("v2"), Mesh.Contracts.Discovery.InstanceMode.Draining));
        var gone = Judge(Load(900), Load(100));
        Assert.Equal(CanaryNext.Aborts, gone.Next);
        Assert.Contains("no instance serves shop@v2", gone.Reason, StringComparison.Ordinal);
        _log.Log.Send(new Mesh.Discovery.Mode.SetMode(DeliveryLog.Shop, Instance("v1"), Mesh.Contracts.Discovery.InstanceMode.Draining));
        Assert.Equal(CanaryNext.Holds, Judge(Load(900), Load(100)).Next);
    }

    [Fact]
    public void The_verdict_tells_what_was_seen()
    {
        var verdict = Judge(Load(900, 3, 20), Load(100, 1, 12.345));
        Assert.Equal(new ObservedLoad { Requests = 900, Failed = 3, MeanMilliseconds = 20 }, verdict.Observed!.Stable);
        Assert.Equal(new ObservedLoad { Requests = 100, Failed = 1, MeanMilliseconds = 12.34 }, verdict.Observed.Canary);
        Assert.Equal("1 % of 100 requests failed, mean 12.3 ms", verdict.Reason);
    }

    private string Instance(string version) =>
        _log.Log.State.Facts<Mesh.Kernel.Catalog.IServiceCatalog>()
            .Find(DeliveryLog.Shop)!.Instances.Single(instance => instance.Version == version).Id;
}
