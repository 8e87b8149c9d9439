using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Resilience;
using Mesh.Tests.DataPlane.Support;

namespace Mesh.Tests.DataPlane;

public class OutlierDetectorTests
{
    private static readonly OutlierConfig ThreeInARow = new() { Consecutive5xx = new(3, 100), MaxShare = 100 };

    [Fact]
    public void Failures_in_a_row_eject_and_a_success_between_them_does_not()
    {
        var cluster = Cluster(ThreeInARow, 3);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Failure, 2);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Success);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Failure, 2);
        Assert.False(cluster.Endpoints[0].State.IsEjected);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.GatewayFailure);
        Assert.True(cluster.Endpoints[0].State.IsEjected);
        Assert.Equal(0, cluster.Shares(90)[0]);
        Assert.Equal(1, cluster.State.Outliers.Ejections);
    }

    [Fact]
    public void Gateway_failures_are_counted_for_themselves()
    {
        var cluster = Cluster(new OutlierConfig { Consecutive5xx = new(100, 100), ConsecutiveGateway = new(2, 100) }, 3);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.GatewayFailure);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Failure);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.GatewayFailure);
        Assert.False(cluster.Endpoints[0].State.IsEjected);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.GatewayFailure);
        Assert.True(cluster.Endpoints[0].State.IsEjected);
    }

    [Fact]
    public void A_rule_that_is_not_enforced_ejects_nobody()
    {
        var cluster = Cluster(new OutlierConfig { Consecutive5xx = new(1, 0) }, 3);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Failure, 50);
        Assert.False(cluster.Endpoints[0].State.IsEjected);
    }

    [Fact]
    public void Each_ejection_lasts_longer_up_to_the_longest_and_good_times_are_counted()
    {
        var cluster = Cluster(ThreeInARow with { BaseEjection = TimeSpan.FromSeconds(30), MaxEjection = TimeSpan.FromSeconds(80) }, 3);
        foreach (var seconds in (int[])[30, 60, 80, 80])
        {
            cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Failure, 3);
            cluster.Time.Advance(TimeSpan.FromSeconds(seconds - 1));
            cluster.Pick();
            Assert.True(cluster.Endpoints[0].State.IsEjected, $"{seconds} s");
            cluster.Time.Advance(TimeSpan.FromSeconds(1));
            cluster.Pick();
            Assert.False(cluster.Endpoints[0].State.IsEjected, $"{seconds} s");
        }

        // Ten intervals without an ejection.
        for (var i = 0; i < 10; i++)
        {
            cluster.Time.Advance(TimeSpan.FromSeconds(10));
            cluster.Pick();
        }

        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Failure, 3);
        cluster.Time.Advance(TimeSpan.FromSeconds(30));
        cluster.Pick();
        Assert.False(cluster.Endpoints[0].State.IsEjected);
    }

    [Theory]
    [InlineData(10, 100, 9)]
    [InlineData(10, 30, 3)]
    [InlineData(10, 10, 1)]
    [InlineData(3, 10, 1)]
    [InlineData(3, 50, 1)]
    [InlineData(3, 66, 1)]
    [InlineData(3, 67, 2)]
    [InlineData(4, 50, 2)]
    [InlineData(5, 50, 2)]
    [InlineData(7, 99, 6)]
    [InlineData(19, 10, 1)]
    [InlineData(20, 10, 2)]
    [InlineData(1, 100, 0)]
    [InlineData(2, 100, 1)]
    [InlineData(4, 0, 0)]
    public void No_more_than_a_share_goes_and_one_always_stays(int endpoints, int share, int ejected)
    {
        var cluster = Cluster(ThreeInARow with { MaxShare = share }, endpoints);
        foreach (var endpoint in cluster.Endpoints)
            cluster.Answer(endpoint, AttemptOutcome.GatewayFailure, 10);
        Assert.Equal(ejected, cluster.Endpoints.Count(e => e.State.IsEjected));
        Assert.NotNull(cluster.Pick());
    }

    [Fact]
    public void Where_endpoints_go_away_those_come_back_first_whose_time_is_over_soonest()
    {
        var cluster = Cluster(ThreeInARow with { MaxShare = 50 }, 10);
        for (var i = 0; i < 5; i++)
        {
            cluster.Answer(cluster.Endpoints[i], AttemptOutcome.Failure, 3);
            cluster.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(5, cluster.Endpoints.Count(e => e.State.IsEjected));
        Assert.NotNull(cluster.With(cluster.Endpoints[..7]).Picker);
        Assert.Equal([2, 3, 4], Enumerable.Range(0, 10).Where(i => cluster.Endpoints[i].State.IsEjected));
        Assert.NotNull(cluster.With(cluster.Endpoints[4]).Picker.Pick([], cluster.Time.GetTimestamp(), 0));
        Assert.False(cluster.Endpoints[4].State.IsEjected);
    }

    [Fact]
    public void Endpoints_that_are_ejected_and_then_called_unhealthy_do_not_make_it_more_than_the_share_when_they_are_well()
    {
        var cluster = Cluster(ThreeInARow with { MaxShare = 50 }, 6);
        for (var i = 0; i < 3; i++)
            cluster.Answer(cluster.Endpoints[i], AttemptOutcome.Failure, 3);
        var ill = cluster.Endpoints.Select(
            (e, i) => i < 3
                ? new EndpointSnapshot(e.Config with { Health = EndpointHealth.Unhealthy }, UpstreamProtocol.Http1, e.State)
                : e).ToArray();
        var now = cluster.With(ill);
        Assert.NotNull(now.Picker);
        for (var i = 0; i < 3; i++)
            cluster.State.Outliers.Report(cluster.Config.Outliers!, ill, cluster.Endpoints[3].State, AttemptOutcome.Failure);
        Assert.Equal(4, cluster.Endpoints.Count(e => e.State.IsEjected));
        Assert.NotNull(cluster.With(cluster.Endpoints).Picker);
        Assert.Equal(3, cluster.Endpoints.Count(e => e.State.IsEjected));
    }

    [Fact]
    public void All_detectors_together_take_no_more_than_the_share()
    {
        var cluster = Cluster(
            new OutlierConfig { MaxShare = 50, Consecutive5xx = new(3, 100), FailureShare = new(50, 100) { Hosts = 3, Volume = 10 } }, 7);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Failure, 3);
        cluster.Answer(cluster.Endpoints[1], AttemptOutcome.Failure, 3);
        foreach (var endpoint in cluster.Endpoints[2..])
        {
            for (var i = 0; i < 20; i++)
                cluster.Answer(endpoint, i % 3 == 0 ? AttemptOutcome.Success : AttemptOutcome.Failure);
        }

        cluster.Time.Advance(TimeSpan.FromSeconds(10));
        cluster.Pick();
        Assert.Equal(3, cluster.Endpoints.Count(e => e.State.IsEjected));
    }

    [Fact]
    public void An_endpoint_far_below_the_others_success_rate_goes_at_the_intervals_end()
    {
        var cluster = Cluster(new OutlierConfig { Consecutive5xx = new(1_000, 100) }, 6);
        foreach (var endpoint in cluster.Endpoints)
            cluster.Answer(endpoint, AttemptOutcome.Success, 100);
        cluster.Answer(cluster.Endpoints[2], AttemptOutcome.Failure, 100);
        cluster.Time.Advance(TimeSpan.FromSeconds(9));
        cluster.Pick();
        Assert.DoesNotContain(cluster.Endpoints, e => e.State.IsEjected);
        cluster.Time.Advance(TimeSpan.FromSeconds(1));
        cluster.Pick();
        Assert.Equal([2], Enumerable.Range(0, 6).Where(i => cluster.Endpoints[i].State.IsEjected));
    }

    [Fact]
    public void Too_few_requests_or_endpoints_tell_nothing()
    {
        var few = Cluster(new OutlierConfig { Consecutive5xx = new(1_000, 100) }, 4);
        var quiet = Cluster(new OutlierConfig { Consecutive5xx = new(1_000, 100) }, 6);
        foreach (var endpoint in few.Endpoints)
            few.Answer(endpoint, AttemptOutcome.Success, 100);
        foreach (var endpoint in quiet.Endpoints)
            quiet.Answer(endpoint, AttemptOutcome.Success, 49);
        few.Answer(few.Endpoints[0], AttemptOutcome.Failure, 100);
        quiet.Answer(quiet.Endpoints[0], AttemptOutcome.Failure, 50);
        foreach (var cluster in (TestCluster[])[few, quiet])
        {
            cluster.Time.Advance(TimeSpan.FromSeconds(10));
            cluster.Pick();
            Assert.DoesNotContain(cluster.Endpoints, e => e.State.IsEjected);
        }
    }

    [Fact]
    public void An_endpoint_that_fails_too_large_a_share_goes_at_the_intervals_end()
    {
        var config = new OutlierConfig
        {
            Consecutive5xx = new(1_000, 100),
            SuccessRate = new(1900, 0),
            FailureShare = new(50, 100) { Hosts = 2, Volume = 10 },
        };
        var cluster = Cluster(config, 3);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Failure, 5);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Success, 5);
        cluster.Answer(cluster.Endpoints[1], AttemptOutcome.Success, 10);
        cluster.Time.Advance(TimeSpan.FromSeconds(10));
        cluster.Pick();
        Assert.True(cluster.Endpoints[0].State.IsEjected);
        Assert.Equal(1, cluster.Endpoints.Count(e => e.State.IsEjected));
    }

    [Fact]
    public void An_endpoint_that_comes_back_warms_up_again()
    {
        var cluster = Cluster(ThreeInARow, 3);
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Failure, 3);
        cluster.Time.Advance(TimeSpan.FromSeconds(30));
        cluster.Pick();
        Assert.Equal(cluster.Time.GetTimestamp(), cluster.Endpoints[0].State.Since);
    }

    private static TestCluster Cluster(OutlierConfig config, int endpoints)
    {
        var cluster = new TestCluster(BalancingPolicy.WeightedRoundRobin, outliers: config, endpoints: TestCluster.Many(endpoints));
        // The first look begins the first interval.
        cluster.Pick();
        return cluster;
    }
}
