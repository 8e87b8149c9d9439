using Mesh.DataPlane.Balancing;
using Mesh.Tests.DataPlane.Support;

namespace Mesh.Tests.DataPlane;

public class HashPickerTests
{
    private const int Keys = 20_000;

    // From the algorithm's own description.
    [Theory]
    [InlineData("", 0UL, 0xEF46DB3751D8E999UL)]
    [InlineData("a", 0UL, 0xD24EC4F1A98C6E5BUL)]
    [InlineData("abc", 0UL, 0x44BC2CF5AD770999UL)]
    [InlineData("abcdefgh", 0UL, 0x3AD351775B4634B7UL)]
    [InlineData("10.0.0.0:80_17", 0UL, 0xBB042B51594E8AE5UL)]
    [InlineData("10.0.0.0:80_17", 1UL, 0xFA5809DA5920293BUL)]
    [InlineData("Nobody inspects the spammish repetition", 0UL, 0xFBCEA83C8A378BF1UL)]
    public void The_hash_is_the_one_that_other_data_planes_compute(string text, ulong seed, ulong hash) =>
        Assert.Equal(hash, KeyHash.Of(text, seed));

    // Computed from the algorithm's description, over texts of every length up to 300 bytes: whole stripes, and each kind of rest.
    [Theory]
    [InlineData(0UL, 0x7B642500FA4EF0D7UL)]
    [InlineData(1UL, 0xBC7995E9A0AA2607UL)]
    [InlineData(0xFEDCBA9876543210UL, 0x5AADA8D215279FB0UL)]
    public void The_hash_is_theirs_for_every_length(ulong seed, ulong expected)
    {
        var all = 0UL;
        for (var length = 0; length <= 300; length++)
        {
            byte[] bytes = [.. Enumerable.Range(0, length).Select(i => (byte)((i * 31) + length))];
            all = System.Numerics.BitOperations.RotateLeft(all, 5) ^ KeyHash.Of(bytes, seed);
        }

        Assert.Equal(expected, all);
    }

    [Fact]
    public void The_hash_of_a_long_text_is_that_of_its_bytes()
    {
        var text = new string('x', 1000);
        Assert.Equal(KeyHash.Of(System.Text.Encoding.Latin1.GetBytes(text).AsSpan()), KeyHash.Of(text));
    }

    [Theory]
    [InlineData(BalancingPolicy.RingHash)]
    [InlineData(BalancingPolicy.Maglev)]
    public void A_key_meets_the_same_endpoint_every_time(BalancingPolicy policy)
    {
        var cluster = new TestCluster(policy, endpoints: TestCluster.Many(10));
        Assert.All(Enumerable.Range(0, 100),
            key => Assert.Single(Enumerable.Range(0, 5).Select(_ => cluster.Pick(KeyHash.Of($"{key}"))).Distinct()));
    }

    // Of n endpoints one goes: its own share of the keys has to move, and for the table a little more.
    [Theory]
    [InlineData(BalancingPolicy.RingHash, 0.0)]
    [InlineData(BalancingPolicy.Maglev, 0.04)]
    public void A_removed_endpoint_moves_its_own_keys_and_hardly_any_other(BalancingPolicy policy, double others)
    {
        const int Count = 10;
        var balancing = new BalancingConfig { MinRing = 4_096 };
        var before = new TestCluster(policy, balancing, endpoints: TestCluster.Many(Count));
        var after = new TestCluster(policy, balancing, endpoints: TestCluster.Many(Count).AsSpan(1));
        var gone = before.Endpoints[0].State.Address;
        var (moved, needlessly) = (0, 0);
        for (var i = 0; i < Keys; i++)
        {
            var hash = KeyHash.Of($"user-{i}");
            var (was, now) = (before.Pick(hash)!.State.Address, after.Pick(hash)!.State.Address);
            moved += was == now ? 0 : 1;
            needlessly += was == now || was == gone ? 0 : 1;
        }

        Assert.InRange((double)moved / Keys, 0.85 / Count, (1.15 / Count) + others);
        Assert.InRange((double)needlessly / Keys, 0, others);
    }

    [Theory]
    [InlineData(BalancingPolicy.RingHash, 0.02)]
    [InlineData(BalancingPolicy.Maglev, 0.01)]
    public void Keys_are_spread_by_weight(BalancingPolicy policy, double within)
    {
        var cluster = new TestCluster(policy, new BalancingConfig { MinRing = 32_768 },
            endpoints: [TestCluster.Endpoint(0, 1), TestCluster.Endpoint(1, 2), TestCluster.Endpoint(2, 5)]);
        var shares = cluster.Shares(Keys);
        Assert.InRange(shares[0], 0.125 - within, 0.125 + within);
        Assert.InRange(shares[1], 0.25 - within, 0.25 + within);
        Assert.InRange(shares[2], 0.625 - within, 0.625 + within);
    }

    [Theory]
    [InlineData(2, 65_537)]
    [InlineData(7, 65_537)]
    [InlineData(100, 65_537)]
    [InlineData(5, 11)]
    public void A_table_is_full_and_even_to_a_slot_for_each_endpoint(int count, int size)
    {
        EndpointSnapshot[] endpoints = new TestCluster(BalancingPolicy.Random, endpoints: TestCluster.Many(count)).Endpoints;
        var table = new MaglevPicker(endpoints, [.. endpoints.Select(_ => 1u)], size).Table.ToArray();
        var counts = table.GroupBy(i => i).Select(g => g.Count()).ToList();
        Assert.Equal(count, counts.Count);
        Assert.InRange(counts.Max() - counts.Min(), 0, 1);
    }

    [Fact]
    public void A_ring_is_as_large_as_it_must_be_and_no_larger_than_it_may()
    {
        EndpointSnapshot[] endpoints = new TestCluster(BalancingPolicy.Random, endpoints: TestCluster.Many(3)).Endpoints;
        Assert.Equal(3 * 1024, new RingHashPicker(endpoints, [1, 1, 1], 1024, 8_388_608).Size);
        Assert.Equal(1024 + 512 + 1, new RingHashPicker(endpoints, [1_000_000, 500_000, 1], 1024, 8_388_608).Size);
        Assert.Equal(99, new RingHashPicker(endpoints, [1, 1, 1], 1024, 100).Size);
    }

    [Theory]
    [InlineData(BalancingPolicy.RingHash)]
    [InlineData(BalancingPolicy.Maglev)]
    public void A_key_whose_endpoint_was_tried_in_vain_goes_to_another_always_the_same(BalancingPolicy policy)
    {
        var cluster = new TestCluster(policy, endpoints: TestCluster.Many(5));
        for (var key = 0UL; key < 50; key++)
        {
            var hash = KeyHash.Of($"{key}");
            var first = cluster.Pick(hash)!;
            var second = cluster.Snapshot.Picker.Pick([first.State], 0, hash);
            Assert.NotSame(first, second);
            Assert.Same(second, cluster.Snapshot.Picker.Pick([first.State], 0, hash));
        }

        Assert.Null(cluster.Snapshot.Picker.Pick([.. cluster.Endpoints.Select(e => e.State)], 0, 1));
    }
}
