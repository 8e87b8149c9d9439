using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Messaging.Sharding;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Kernel.Reconciling;

public class ShardTests
{
    [Fact]
    public void A_resource_is_in_the_same_shard_in_every_build()
    {
        Assert.Equal(64, Shards.Count);
        // Workers of two versions run side by side during an upgrade: these numbers are a promise.
        Assert.Equal([9, 10, 20], new[] { "default/echo", "default/shop", "team-a/echo" }.Select(name => Shards.Of(name)));
    }

    [Fact]
    public void Resources_are_spread_evenly()
    {
        var counts = Enumerable.Range(0, 6_400).GroupBy(i => Shards.Of($"default/service-{i}"))
            .ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(64, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 50, 150));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(64)]
    public void Partitions_divide_all_shards_among_themselves(int partitions)
    {
        var sets = Enumerable.Range(0, partitions).Select(partition => ShardSet.OfPartitions([partition], partitions)).ToList();
        Assert.Equal(64, sets.Sum(set => set.Count));
        Assert.Equal(ShardSet.All, new ShardSet(sets.Aggregate(0ul, (bits, set) => bits | set.Bits)));
    }

    [Fact]
    public void What_is_revoked_or_lost_stays_in_force_until_somebody_else_has_it()
    {
        var time = new FakeTimeProvider();
        var assignment = new KafkaAssignment(time, TimeSpan.FromSeconds(10));
        Assert.False(assignment.Known);
        assignment.Assigned([0, 1, 2, 3]);
        assignment.Revoked([2, 3]);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal([0, 1, 2, 3], assignment.InForce);

        // The group has decided; the new owner is given a while.
        assignment.Assigned([]);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal([0, 1, 2, 3], assignment.InForce);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([0, 1], assignment.InForce);

        assignment.Revoked([0, 1]);
        Assert.Equal([0, 1], assignment.InForce);
        assignment.Assigned([1, 3]);
        Assert.Equal([0, 1, 3], assignment.InForce);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([1, 3], assignment.InForce);
    }

    [Fact]
    public async Task Who_waits_for_a_change_of_ownership_misses_none()
    {
        var shards = new Support.ManualShards(ShardSet.None);
        var first = shards.ChangedAsync(ShardSet.None, TestContext.Current.CancellationToken).AsTask();
        Assert.False(first.IsCompleted);
        shards.Own(ShardSet.Of([1, 2]));
        Assert.Equal([1, 2], (await first).ToList());
        Assert.Equal(2, (await shards.ChangedAsync(ShardSet.None, TestContext.Current.CancellationToken)).Count);
        Assert.Equal([2], ShardSet.Of([1, 2]).Except(ShardSet.Of([1])).ToList());
    }
}
