using CsCheck;
using Mesh.DataPlane.Balancing;

namespace Mesh.Tests.DataPlane;

public class PickerTests
{
    [Fact]
    public void Weights_are_exact_over_any_period()
    {
        Gen.UInt[1, 200].Array[1, 12].Sample(weights =>
        {
            var turns = new Turns(weights);
            var counter = 0L;
            // Not aligned to the period's beginning: any window of its length will do.
            for (var i = 0; i < 7; i++)
                turns.Next(ref counter);
            var counts = new long[weights.Length];
            for (var i = 0L; i < turns.Period; i++)
                counts[turns.Next(ref counter)]++;

            var unit = weights.Sum(w => (long)w) / turns.Period;
            Assert.Equal(weights.Select(w => w / unit), counts);
        }, iter: 200);
    }

    [Fact]
    public void Weights_are_exact_when_many_threads_take_turns()
    {
        var turns = new Turns([5, 3, 2]);
        var counter = 0L;
        var counts = new int[3];
        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < 25_000; i++)
                Interlocked.Increment(ref counts[turns.Next(ref counter)]);
        });
        Assert.Equal([50_000, 30_000, 20_000], counts);
    }

    [Fact]
    public void Turns_of_a_heavy_endpoint_are_spread_and_not_taken_in_a_row()
    {
        var turns = new Turns([2, 1, 1]);
        var counter = 0L;
        var order = Enumerable.Range(0, 40).Select(_ => turns.Next(ref counter)).ToList();
        Assert.DoesNotContain(order.Zip(order.Skip(1), order.Skip(2)), t => t.First == t.Second && t.Second == t.Third);
    }

    [Fact]
    public void An_endpoint_tried_in_vain_is_not_picked_again_for_the_same_request()
    {
        var (picker, endpoints) = Picker(BalancingPolicy.WeightedRoundRobin, (1, EndpointHealth.Healthy, 0u),
            (1, EndpointHealth.Healthy, 0u));
        var tried = new List<EndpointState> { endpoints[0].State };
        for (var i = 0; i < 10; i++)
            Assert.Same(endpoints[1], picker.Pick([.. tried], 0));
        tried.Add(endpoints[1].State);
        Assert.Null(picker.Pick([.. tried], 0));
    }

    [Fact]
    public void An_endpoint_that_could_not_be_reached_is_avoided_for_a_while_but_taken_when_there_is_no_other()
    {
        var (picker, endpoints) = Picker(BalancingPolicy.WeightedRoundRobin, (1, EndpointHealth.Healthy, 0u),
            (1, EndpointHealth.Healthy, 0u));
        Assert.True(endpoints[0].State.AvoidUntil(100, now: 0));
        Assert.False(endpoints[0].State.AvoidUntil(100, now: 50));
        for (var i = 0; i < 10; i++)
            Assert.Same(endpoints[1], picker.Pick([], 50));
        Assert.Same(endpoints[0], picker.Pick([endpoints[1].State], 50));
        Assert.Contains(Enumerable.Range(0, 4).Select(_ => picker.Pick([], 100)), e => e == endpoints[0]);
    }

    [Fact]
    public void When_all_have_to_be_avoided_the_last_resort_is_another_one_each_time()
    {
        var (picker, endpoints) = Picker(BalancingPolicy.WeightedRoundRobin, (1, EndpointHealth.Healthy, 0u),
            (5, EndpointHealth.Healthy, 0u), (1, EndpointHealth.Healthy, 0u));
        foreach (var endpoint in endpoints)
            endpoint.State.AvoidUntil(100, now: 0);
        Assert.Equal(3, Enumerable.Range(0, 60).Select(_ => picker.Pick([], 50)).Distinct().Count());
    }

    [Theory]
    [InlineData(BalancingPolicy.WeightedRoundRobin)]
    [InlineData(BalancingPolicy.LeastRequest)]
    public void Unhealthy_and_draining_endpoints_get_nothing(BalancingPolicy policy)
    {
        var (picker, endpoints) = Picker(policy, (9, EndpointHealth.Unhealthy, 0u), (9, EndpointHealth.Draining, 0u),
            (1, EndpointHealth.Unknown, 0u));
        for (var i = 0; i < 20; i++)
            Assert.Same(endpoints[2], picker.Pick([], 0));
        Assert.Null(Picker(policy, (9, EndpointHealth.Unhealthy, 0u)).Picker.Pick([], 0));
    }

    [Fact]
    public void A_higher_priority_number_is_used_only_when_no_lower_one_is_fit()
    {
        var (picker, endpoints) = Picker(BalancingPolicy.WeightedRoundRobin, (1, EndpointHealth.Healthy, 1u),
            (1, EndpointHealth.Healthy, 0u));
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Same(endpoints[1], picker.Pick([], 0)));
        (picker,
            endpoints) = Picker(BalancingPolicy.WeightedRoundRobin, (1, EndpointHealth.Healthy, 1u), (1, EndpointHealth.Unhealthy, 0u));
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Same(endpoints[0], picker.Pick([], 0)));
        (picker,
            endpoints) = Picker(BalancingPolicy.WeightedRoundRobin, (1, EndpointHealth.Degraded, 0u), (1, EndpointHealth.Unhealthy, 0u));
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Same(endpoints[0], picker.Pick([], 0)));
    }

    [Fact]
    public void Least_request_prefers_the_endpoint_with_fewer_requests_for_its_weight()
    {
        var (picker, endpoints) = Picker(BalancingPolicy.LeastRequest, (1, EndpointHealth.Healthy, 0u), (1, EndpointHealth.Healthy, 0u));
        for (var i = 0; i < 5; i++)
            endpoints[0].State.Begin();
        var picked = Enumerable.Range(0, 100).Select(_ => picker.Pick([], 0)).ToList();
        Assert.True(picked.Count(e => e == endpoints[1]) > 90);
    }

    private static (EndpointPicker Picker, EndpointSnapshot[] Endpoints) Picker(
        BalancingPolicy policy, params (uint Weight, EndpointHealth Health, uint Priority)[] endpoints)
    {
        EndpointSnapshot[] all =
        [
            .. endpoints.Select((e, i) => new EndpointSnapshot(
                new EndpointConfig($"10.0.0.{i}:80", null, e.Weight, e.Priority, null, e.Health), UpstreamProtocol.Http1,
                new EndpointState($"10.0.0.{i}:80"))),
        ];
        return (EndpointPicker.For(policy, all, new ClusterState()), all);
    }
}
