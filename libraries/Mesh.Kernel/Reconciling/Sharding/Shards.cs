namespace Mesh.Kernel.Reconciling.Sharding;

/// <summary>How resources are spread over workers: a fixed number of shards, each owned by one worker.</summary>
public static class Shards
{
    /// <summary>Number of shards; fixed, so that every worker computes the same.</summary>
    public const int Count = 64;

    /// <summary>The shard of a resource, 0 to 63: FNV-1a of its UTF-16 code units, the same in every process and build.</summary>
    public static int Of(ReadOnlySpan<char> resource)
    {
        var hash = 2166136261u;
        foreach (var unit in resource)
        {
            hash = (hash ^ (byte)unit) * 16777619u;
            hash = (hash ^ (byte)(unit >> 8)) * 16777619u;
        }

        return (int)((hash ^ (hash >> 16)) % Count);
    }
}
