using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Resilience;
using Mesh.Tests.DataPlane.Support;
using static Mesh.Tests.DataPlane.Support.TestCluster;

namespace Mesh.Tests.DataPlane;

public class BalancingTests
{
    private const int Picks = 20_000;

    [Fact]
    public void Random_draws_by_weight()
    {
        var shares = new TestCluster(BalancingPolicy.Random, endpoints: [Endpoint(0, 1), Endpoint(1, 3)]).Shares(Picks);
        Assert.InRange(shares[1], 0.735, 0.765);
    }

    [Fact]
    public void Least_request_draws_by_weight_and_never_the_worst_of_two()
    {
        var cluster = new TestCluster(BalancingPolicy.LeastRequest, endpoints: Many(10));
        cluster.Endpoints[3].State.Begin();
        var shares = cluster.Shares(Picks);
        Assert.Equal(0, shares[3]);
        Assert.All(shares.Where((_, i) => i != 3), s => Assert.InRange(s, 0.09, 0.13));
    }

    // 4 endpoints with a factor of 1.4: one may fail and nothing goes elsewhere (3 × 1.4 / 4 > 1); with two left 70 % stay.
    [Theory]
    [InlineData(4, 1.0)]
    [InlineData(3, 1.0)]
    [InlineData(2, 0.7)]
    [InlineData(1, 0.35)]
    [InlineData(0, 0.0)]
    public void A_priority_gives_away_gently_what_it_cannot_carry(int well, double stays)
    {
        EndpointConfig[] endpoints =
        [
            .. Enumerable.Range(0, 4).Select(i => Endpoint(i, health: i < well ? EndpointHealth.Healthy : EndpointHealth.Unhealthy)),
            .. Enumerable.Range(4, 4).Select(i => Endpoint(i, priority: 1)),
        ];
        var shares = new TestCluster(BalancingPolicy.WeightedRoundRobin, endpoints: endpoints).Shares(Picks);
        Assert.InRange(shares[..4].Sum(), stays - 0.015, stays + 0.015);
        Assert.Equal(0, shares[well..4].Sum());
        // Levels do not take turns of one counter: each endpoint of the second gets its part.
        Assert.All(shares[4..], s => Assert.InRange(s, ((1 - stays) / 4) - 0.01, ((1 - stays) / 4) + 0.01));
    }

    [Fact]
    public void Priorities_that_together_cannot_carry_all_share_it_in_proportion()
    {
        var loads = PriorityLoads.Of([(1, 0, 4), (1, 0, 4)]);
        Assert.Equal([50, 50], loads.Healthy.Select(l => Math.Round(l, 6)));
        Assert.Equal([70, 30], PriorityLoads.Of([(2, 0, 4), (4, 0, 4)]).Healthy.Select(l => Math.Round(l, 6)));
        var degraded = PriorityLoads.Of([(2, 2, 4)]);
        Assert.Equal((70, 30), (Math.Round(degraded.Healthy[0], 6), Math.Round(degraded.Degraded[0], 6)));
    }

    [Fact]
    public void A_request_that_was_tried_everywhere_in_one_priority_goes_to_the_next()
    {
        var cluster = new TestCluster(BalancingPolicy.WeightedRoundRobin, endpoints: [Endpoint(0), Endpoint(1, priority: 1)]);
        Assert.Same(cluster.Endpoints[1], cluster.Snapshot.Picker.Pick([cluster.Endpoints[0].State], 0));
        cluster.Endpoints[0].State.AvoidUntil(long.MaxValue, 0);
        Assert.Same(cluster.Endpoints[1], cluster.Pick());
    }

    [Fact]
    public void Ejections_do_not_count_when_too_many_are_ejected()
    {
        var outliers = new OutlierConfig { MaxShare = 100, Consecutive5xx = new(1, 100) };
        var cluster = new TestCluster(BalancingPolicy.WeightedRoundRobin, outliers: outliers, endpoints: Many(5));
        cluster.Answer(cluster.Endpoints[0], AttemptOutcome.Failure);
        cluster.Answer(cluster.Endpoints[1], AttemptOutcome.Failure);
        Assert.Equal([0, 0], cluster.Shares(300)[..2]);
        // Two of five are left: fewer than half.
        cluster.Answer(cluster.Endpoints[2], AttemptOutcome.Failure);
        Assert.All(cluster.Shares(300), s => Assert.InRange(s, 0.19, 0.21));
    }

    [Fact]
    public void What_the_control_plane_calls_unhealthy_gets_nothing_however_few_are_left()
    {
        var cluster = new TestCluster(BalancingPolicy.WeightedRoundRobin, endpoints:
            [Endpoint(0), Endpoint(1, health: EndpointHealth.Unhealthy), Endpoint(2, health: EndpointHealth.Unhealthy),
                Endpoint(3, health: EndpointHealth.Draining)]);
        Assert.Equal([1, 0, 0, 0], cluster.Shares(100));
    }

    [Fact]
    public void Localities_share_by_their_own_weights_less_what_they_have_lost()
    {
        EndpointConfig Of(int i, string zone, uint weight, bool well = true) =>
            Endpoint(i, health: well ? EndpointHealth.Healthy : EndpointHealth.Unhealthy, zone: zone) with { LocalityWeight = weight };
        var balancing = new BalancingConfig { ByLocality = true };
        var whole = new TestCluster(BalancingPolicy.WeightedRoundRobin, balancing,
            endpoints: [Of(0, "a", 3), Of(1, "a", 3), Of(2, "b", 1)]).Shares(Picks);
        Assert.Equal([0.375, 0.375, 0.25], whole.Select(s => Math.Round(s, 3)));
        // Half of a is gone: it carries 0.7 of its weight, 2.1 of 3.1.
        var half = new TestCluster(BalancingPolicy.WeightedRoundRobin, balancing,
            endpoints: [Of(0, "a", 3), Of(1, "a", 3, false), Of(2, "b", 1)]).Shares(Picks);
        Assert.InRange(half[0], 0.67, 0.685);
    }

    [Fact]
    public void The_own_zone_goes_first_and_gives_away_what_it_cannot_carry()
    {
        var balancing = new BalancingConfig { OwnZoneFirst = true, OwnZoneFrom = 4 };
        EndpointConfig[] all = [Endpoint(0, zone: "a"), Endpoint(1, zone: "a"), Endpoint(2, zone: "b"), Endpoint(3, zone: "b")];
        Assert.Equal(1, new TestCluster(BalancingPolicy.Random, balancing, ownZone: "a", endpoints: all).Shares(500)[..2].Sum(), 6);
        Assert.InRange(new TestCluster(BalancingPolicy.Random, balancing, ownZone: null, endpoints: all).Shares(Picks)[0], 0.23, 0.27);
        all[0] = all[0] with { Health = EndpointHealth.Unhealthy };
        Assert.InRange(new TestCluster(BalancingPolicy.Random, balancing, ownZone: "a", endpoints: all).Shares(Picks)[1], 0.685, 0.715);
        Assert.InRange(
            new TestCluster(BalancingPolicy.Random, balancing with { OwnZoneFrom = 5 }, ownZone: "a", endpoints: all).Shares(Picks)[1],
            0.31, 0.355);
    }

    [Fact]
    public void A_new_endpoint_warms_up()
    {
        var balancing = new BalancingConfig { SlowStart = new SlowStartConfig(TimeSpan.FromSeconds(100)) };
        var cluster = new TestCluster(BalancingPolicy.WeightedRoundRobin, balancing, endpoints: Many(2));
        cluster.Time.Advance(TimeSpan.FromSeconds(200));
        cluster.Endpoints[1].State.Since = cluster.Time.GetTimestamp();
        var fresh = new ClusterSnapshot(cluster.Config, cluster.Endpoints, cluster.State);
        Assert.Equal(0.1 / 1.1, Share(), 3);
        cluster.Time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(0.5 / 1.5, Share(), 3);
        cluster.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(0.5, Share(), 3);

        double Share() =>
            Enumerable.Range(0, 11_000).Count(_ => fresh.Picker.Pick([], cluster.Time.GetTimestamp()) == cluster.Endpoints[1]) / 11_000.0;
    }

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(2, 0.707)]
    public void Aggression_makes_the_beginning_faster(double aggression, double share) =>
        Assert.Equal(share, new SlowStartConfig(TimeSpan.FromSeconds(10), aggression).ShareAfter(TimeSpan.FromSeconds(5)), 3);

    [Theory]
    [InlineData(BalancingPolicy.WeightedRoundRobin)]
    [InlineData(BalancingPolicy.LeastRequest)]
    [InlineData(BalancingPolicy.Random)]
    [InlineData(BalancingPolicy.RingHash)]
    [InlineData(BalancingPolicy.Maglev)]
    public void A_pick_allocates_nothing(BalancingPolicy policy)
    {
        var cluster = new TestCluster(policy, endpoints: Many(8));
        cluster.Pick(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0UL; i < 1_000; i++)
            cluster.Pick(i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
