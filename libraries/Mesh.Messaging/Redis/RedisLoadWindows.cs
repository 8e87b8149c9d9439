using System.Globalization;
using Mesh.Kernel.Loads;
using Mesh.Kernel.Log;
using StackExchange.Redis;

namespace Mesh.Messaging.Redis;

/// <summary>
/// Windows of load in Redis (Flow step 9): windows of 5 s on the clock of Redis, thirty of them in a hash for each cluster, under a prefix
/// that names log and epoch. A hash is short enough for Redis to keep it packed, and goes by itself when its windows are too old. Plain
/// commands only (no script, no stream), so that Garnet serves as well; a recording is one transaction, of which all counts or nothing. One
/// whose answer is lost may be made twice.
/// </summary>
public sealed class RedisLoadWindows(IConnectionMultiplexer redis, Func<LogIdentity> log, LoadWindowOptions options)
    : ILoadWindows, ILoadDirectory
{
    /// <summary>How long a window is. Not a setting: all processes that share a Redis must agree.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private const int WindowsOfHash = 30;
    private const char Succeeded = 's', Failed = 'f', Timed = 't', Microseconds = 'u';
    private static readonly long WindowMs = (long)Window.TotalMilliseconds;

    private IDatabase Database => redis.GetDatabase();

    // The braces keep the keys in one slot of a Redis cluster, which a transaction needs.
    private string Prefix => $"cdaprod:mesh:{{{log()}}}:load";

    private RedisKey Directory => Prefix + "-clusters";

    /// <inheritdoc/>
    public string? Absent => null;

    /// <inheritdoc/>
    public async ValueTask<bool> RecordAsync(IReadOnlyList<ClusterLoad> loads, CancellationToken cancellationToken)
    {
        if (loads.Count == 0) return true;
        if (log() == default) return false;
        try
        {
            var now = await NowAsync().ConfigureAwait(false);
            var (hash, slot) = Math.DivRem(now / WindowMs, WindowsOfHash);
            var change = Database.CreateTransaction();
            foreach (var (cluster, load) in loads) Add(change, Key(cluster, hash), slot, load);
            _ = change.SortedSetAddAsync(Directory, [.. loads.Select(load => new SortedSetEntry(load.Cluster, now))]);
            _ = change.SortedSetRemoveRangeByScoreAsync(Directory, 0, now - options.Retention.TotalMilliseconds);
            return await change.ExecuteAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (IsAway(exception))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<LoadWindow?> ReadAsync(string cluster, DateTimeOffset since, CancellationToken cancellationToken)
    {
        try
        {
            var now = await NowAsync().ConfigureAwait(false);
            var oldest = Math.Max(since.ToUnixTimeMilliseconds(), now - (long)options.Retention.TotalMilliseconds);
            var first = (oldest + WindowMs - 1) / WindowMs;
            var hashes = new List<(long First, Task<HashEntry[]> Fields)>();
            for (var hash = first / WindowsOfHash; hash <= now / WindowMs / WindowsOfHash; hash++)
                hashes.Add((hash * WindowsOfHash, Database.HashGetAllAsync(Key(cluster, hash))));
            await Task.WhenAll(hashes.Select(hash => hash.Fields)).ConfigureAwait(false);
            var sum = LoadWindow.None;
            foreach (var (begin, fields) in hashes)
            {
                foreach (var field in await fields.ConfigureAwait(false)) sum = Plus(sum, field, first - begin);
            }

            return sum;
        }
        catch (Exception exception) when (IsAway(exception))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>?> ListAsync(DateTimeOffset since, int limit, CancellationToken cancellationToken)
    {
        try
        {
            var names = await Database.SortedSetRangeByScoreAsync(Directory, since.ToUnixTimeMilliseconds(), order: Order.Descending,
                take: limit).ConfigureAwait(false);
            return [.. names.Select(name => name.ToString()).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (IsAway(exception))
        {
            return null;
        }
    }

    private void Add(ITransaction change, RedisKey key, long slot, LoadWindow load)
    {
        Count(Succeeded, load.Succeeded);
        Count(Failed, load.Failed);
        Count(Timed, load.Timed);
        Count(Microseconds, (long)(load.Milliseconds * 1000));
        _ = change.KeyExpireAsync(key, options.Retention + Window * WindowsOfHash);

        void Count(char what, long by)
        {
            if (by > 0) _ = change.HashIncrementAsync(key, string.Create(CultureInfo.InvariantCulture, $"{slot}{what}"), by);
        }
    }

    private static LoadWindow Plus(LoadWindow sum, HashEntry field, long firstSlot)
    {
        var name = field.Name.ToString();
        if (!int.TryParse(name.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var slot) || slot < firstSlot) return sum;
        var value = (long)field.Value;
        return name[^1] switch
        {
            Succeeded => sum with { Succeeded = sum.Succeeded + value },
            Failed => sum with { Failed = sum.Failed + value },
            Timed => sum with { Timed = sum.Timed + value },
            Microseconds => sum with { Milliseconds = sum.Milliseconds + value / 1000.0 },
            _ => sum,
        };
    }

    private RedisKey Key(string cluster, long hash) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}:{cluster}:{hash}");

    private Task<long> NowAsync() => RedisClock.NowAsync(Database);

    private static bool IsAway(Exception exception) => exception is RedisException or TimeoutException or ObjectDisposedException;
}
