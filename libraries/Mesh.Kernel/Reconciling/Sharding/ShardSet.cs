using System.Numerics;

namespace Mesh.Kernel.Reconciling.Sharding;

/// <summary>A set of shards, one bit each.</summary>
public readonly record struct ShardSet(ulong Bits)
{
    /// <summary>No shard.</summary>
    public static ShardSet None => new(0);

    /// <summary>Every shard.</summary>
    public static ShardSet All => new(ulong.MaxValue);

    /// <summary>How many.</summary>
    public int Count => BitOperations.PopCount(Bits);

    /// <summary>The shards of these partitions, where shard n stands in partition n mod <paramref name="partitions"/>.</summary>
    public static ShardSet OfPartitions(IEnumerable<int> owned, int partitions)
    {
        var mine = owned.ToHashSet();
        return Of(Enumerable.Range(0, Shards.Count).Where(shard => mine.Contains(shard % partitions)));
    }

    /// <summary>These shards.</summary>
    public static ShardSet Of(IEnumerable<int> shards) => new(shards.Aggregate(0ul, (bits, shard) => bits | (1ul << shard)));

    /// <summary>Whether the shard is in the set.</summary>
    public bool Contains(int shard) => (Bits & (1ul << shard)) != 0;

    /// <summary>Whether the shard of a resource is in the set.</summary>
    public bool Owns(string resource) => Contains(Shards.Of(resource));

    /// <summary>Those of this set that are not in <paramref name="other"/>.</summary>
    public ShardSet Except(ShardSet other) => new(Bits & ~other.Bits);

    /// <summary>Every shard of the set, ascending.</summary>
    public IEnumerable<int> ToList()
    {
        for (var shard = 0; shard < Shards.Count; shard++)
        {
            if (Contains(shard)) yield return shard;
        }
    }
}
