using System.Globalization;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Log;
using Mesh.Messaging.Redis;
using StackExchange.Redis;

namespace Mesh.Resilience.RateLimits.Shared;

/// <summary>What a shared bucket says to one who wants tokens.</summary>
/// <param name="Granted">Whether all of them were given; else none was.</param>
/// <param name="Remaining">Tokens that are left.</param>
/// <param name="Wait">Where none was given: how long until there is one.</param>
public readonly record struct SharedGrant(bool Granted, long Remaining, TimeSpan Wait);

/// <summary>
/// Token buckets in Redis, one for each service with a global rate limit. A bucket is one number: the time, on Redis' own clock, at which
/// it will be full again; one that is full has no key. It is changed only if it still is what was read (<c>WATCH</c>, <c>MULTI</c>), so any
/// Redis will do, without scripts. Those in this process who want tokens of one service go one after another; control planes among
/// themselves rarely meet.
/// </summary>
public sealed class SharedBuckets(IConnectionMultiplexer redis)
{
    private const int Tries = 16;
    private const int Stripes = 64;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, Stripes).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Takes tokens, all or none.</summary>
    /// <param name="log">Whose buckets: another log, or another life of it, has others.</param>
    /// <param name="service">The service.</param>
    /// <param name="policy">How the bucket is filled.</param>
    /// <param name="tokens">How many, at least 1.</param>
    /// <param name="cancellationToken">Ends the waiting for those before.</param>
    /// <exception cref="RedisException">Redis is unavailable.</exception>
    /// <exception cref="TimeoutException">Redis does not answer, or others have been quicker again and again.</exception>
    public async Task<SharedGrant> TakeAsync(LogIdentity log, ServiceKey service, RateLimitPolicy policy, uint tokens,
        CancellationToken cancellationToken)
    {
        RedisKey key = $"cdaprod:mesh:{{{log}}}:rate-limits:{service}";
        var turn = _turns[(uint)service.GetHashCode() % Stripes];
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (var i = 0; i < Tries; i++)
            {
                if (await TryTakeAsync(key, policy, tokens).ConfigureAwait(false) is { } grant) return grant;
            }

            throw new TimeoutException($"The bucket of {service} was changed by others {Tries} times in a row.");
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<SharedGrant?> TryTakeAsync(RedisKey key, RateLimitPolicy policy, uint tokens)
    {
        var database = redis.GetDatabase();
        var (asked, read) = (database.ExecuteAsync("TIME"), database.StringGetAsync(key));
        var now = RedisClock.Microseconds(await asked.ConfigureAwait(false)) * 1_000;
        var value = await read.ConfigureAwait(false);
        var each = Math.Max(1, TokenFill.UnitOf(policy).Ticks * 100 / policy.Requests);
        var room = (long)Int128.Min((Int128)each * policy.Burst, long.MaxValue / 4);

        // What a policy before this one, or a clock that went back, has left behind is no more than an empty bucket.
        var fullAt = long.TryParse((string?)value, NumberStyles.None, CultureInfo.InvariantCulture, out var kept)
            ? Math.Clamp(kept, now, now + room)
            : now;
        var left = (room - (fullAt - now)) / each;
        if (tokens > left) return new SharedGrant(false, left, left > 0 ? TimeSpan.Zero : Nanoseconds(fullAt + each - now - room));

        var next = fullAt + (each * tokens);
        var change = database.CreateTransaction();
        change.AddCondition(value.IsNull ? Condition.KeyNotExists(key) : Condition.StringEqual(key, value));
        _ = change.StringSetAsync(key, next.ToString(CultureInfo.InvariantCulture), Nanoseconds(next - now) + Grace);
        return await change.ExecuteAsync().ConfigureAwait(false) ? new SharedGrant(true, left - tokens, TimeSpan.Zero) : null;
    }

    private static TimeSpan Nanoseconds(long nanoseconds) => TimeSpan.FromTicks((nanoseconds / 100) + 1);
}
