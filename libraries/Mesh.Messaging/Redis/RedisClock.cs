using StackExchange.Redis;

namespace Mesh.Messaging.Redis;

/// <summary>
/// The clock of a Redis: the only one that all processes which share a Redis have in common, however far their own are apart.
/// </summary>
public static class RedisClock
{
    /// <summary>What it says now, in milliseconds since 1970.</summary>
    /// <param name="database">Any of the Redis.</param>
    /// <exception cref="RedisException">Redis is unavailable.</exception>
    public static async Task<long> NowAsync(IDatabaseAsync database) =>
        Milliseconds(await database.ExecuteAsync("TIME").ConfigureAwait(false));

    /// <summary>Reads the answer of <c>TIME</c>, in microseconds since 1970.</summary>
    public static long Microseconds(RedisResult time)
    {
        var clock = (RedisResult[])time!;
        return (long)clock[0] * 1_000_000 + (long)clock[1];
    }

    /// <summary>Reads the answer of <c>TIME</c>, in milliseconds since 1970.</summary>
    internal static long Milliseconds(RedisResult time) => Microseconds(time) / 1000;
}
