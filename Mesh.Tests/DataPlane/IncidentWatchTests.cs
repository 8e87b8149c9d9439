using Mesh.Contracts.Resilience;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Incidents;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using Mesh.DataPlane;
using Mesh.Tests.DataPlane.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Tests.DataPlane;

public class IncidentWatchTests
{
    private static readonly OutlierConfig Outliers = new() { Consecutive5xx = new(3, 100), MaxShare = 100 };
    private static readonly CircuitBreakerConfig One = new() { MaxRequests = 1 };
    private readonly IncidentBook _book = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Ejections_open_the_circuit_once_and_the_last_one_that_comes_back_closes_it()
    {
        var cluster = new TestCluster(BalancingPolicy.WeightedRoundRobin, outliers: Outliers, endpoints: TestCluster.Many(4));
        var watch = Watch(cluster);
        Assert.Equal("", Look(watch, cluster));
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Failure, 3);
        Assert.Equal("circuit-opened 1 ejected: 10.0.0.0:80; instance-ejected 1 10.0.0.0:80", Look(watch, cluster));
        Assert.Equal(["shop"], watch.Open);
        cluster.Time.Advance(TimeSpan.FromSeconds(20));
        cluster.Answer(cluster.Endpoints[1], AttemptOutcome.Failure, 3);
        Assert.Equal("instance-ejected 1 10.0.0.1:80", Look(watch, cluster));
        cluster.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("", Look(watch, cluster));
        // Nobody sends requests: the look itself lets the time take effect.
        cluster.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("circuit-closed 1 ", Look(watch, cluster));
        Assert.Empty(watch.Open);
    }

    [Fact]
    public async Task Requests_that_are_turned_away_open_the_circuit_until_there_have_been_none_for_a_while()
    {
        var cluster = new TestCluster(BalancingPolicy.WeightedRoundRobin, endpoints: TestCluster.Many(1));
        var watch = Watch(cluster);
        await cluster.State.Gate.EnterAsync(One, false, Cancel);
        await cluster.State.Gate.EnterAsync(One, false, Cancel);
        await cluster.State.Gate.EnterAsync(One, false, Cancel);
        Assert.Equal("bulkhead-rejected 2 ; circuit-opened 1 requests are rejected", Look(watch, cluster));
        cluster.Time.Advance(TimeSpan.FromSeconds(6));
        await cluster.State.Gate.EnterAsync(One, false, Cancel);
        Assert.Equal("bulkhead-rejected 1 ", Look(watch, cluster));
        cluster.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal("", Look(watch, cluster));
        cluster.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("circuit-closed 1 ", Look(watch, cluster));
    }

    [Fact]
    public void An_ejection_that_is_over_before_anybody_looked_is_told_all_the_same()
    {
        var cluster = new TestCluster(BalancingPolicy.WeightedRoundRobin,
            outliers: Outliers with { BaseEjection = TimeSpan.FromMilliseconds(100) }, endpoints: TestCluster.Many(2));
        var watch = Watch(cluster);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Failure, 3);
        cluster.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("circuit-closed 1 ; circuit-opened 1 ejected: back already; instance-ejected 1 back already", Look(watch, cluster));
    }

    [Fact]
    public void A_cluster_that_goes_while_its_circuit_is_open_closes_it()
    {
        var cluster = new TestCluster(BalancingPolicy.WeightedRoundRobin, outliers: Outliers, endpoints: TestCluster.Many(2));
        var watch = Watch(cluster);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Failure, 3);
        Look(watch, cluster);
        watch.Look(RoutingSnapshot.Empty);
        Assert.Equal("circuit-closed 1 the cluster was removed", Told());
    }

    [Fact]
    public void However_much_happens_the_book_stays_small()
    {
        for (var i = 0; i < IncidentBook.MostServices + 10; i++)
            _book.Add($"s{i}", IncidentKinds.InstanceEjected, 2, new string('x', 1_000));
        Assert.Equal((IncidentBook.MostServices, 20L), (_book.Services.Count, _book.Lost));
        _book.Add("s1", IncidentKinds.InstanceEjected, long.MaxValue / 2, "later");
        _book.PutBack("s1", IncidentKinds.InstanceEjected, new(5, "earlier"));
        Assert.Equal(new IncidentCount(IncidentBook.LargestCount, "later"), _book.Take("s1")[IncidentKinds.InstanceEjected]);
        Assert.Equal(IncidentBook.LongestDetail, _book.Take("s2")[IncidentKinds.InstanceEjected].Detail.Length);
    }

    private IncidentWatch Watch(TestCluster cluster) => new(_book, cluster.Time, NullLogger.Instance);

    private string Look(IncidentWatch watch, TestCluster cluster)
    {
        watch.Look(
            RoutingSnapshot.Empty.With(NameTable<ListenerSnapshot>.Empty, NameTable<ClusterSnapshot>.Empty.With("shop", cluster.Snapshot)));
        return Told();
    }

    private string Told() =>
        string.Join("; ",
            _book.Take("shop").OrderBy(one => one.Key, StringComparer.Ordinal)
                .Select(one => $"{one.Key} {one.Value.Count} {one.Value.Detail}"));
}
