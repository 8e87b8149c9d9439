using Mesh.Kernel.Leases;
using Mesh.Kernel.Log;
using Mesh.Kernel.Settings;
using StackExchange.Redis;

namespace Mesh.Messaging.Redis;

/// <summary>
/// Leases in Redis (Flow step 8): a sorted set of instances by the time they run out, on the clock of Redis, and a hash of their TTLs,
/// under a prefix that names log and epoch, beside a hash with the last tick of every Registry. Plain commands only (no script, no stream),
/// so that Garnet serves as well; each is safe on its own, since a lease is renewed by overwriting its time and a half-made one lacks only
/// its TTL.
/// </summary>
public sealed class RedisLeaseStore(IConnectionMultiplexer redis, Func<LogIdentity> log, LeaseOptions options) : ILeaseStore
{
    /// <summary>
    /// A Registry that has not ticked for so long, and did not leave in good order, is dead: until then its clients' leases may only seem
    /// to run out.
    /// </summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan TtlIfLost = TimeSpan.FromSeconds(30);
    private readonly string _registry = ProcessName.New();
    private LogIdentity? _ticked;
    private volatile bool _unrecorded;

    private IDatabase Database => redis.GetDatabase();

    // The braces keep the keys in one slot of a Redis cluster.
    private string Prefix => $"cdaprod:mesh:{{{log()}}}:lease";

    private RedisKey ByExpiry => Prefix + "s";

    private RedisKey Ttls => Prefix + "-ttls";

    private RedisKey Ticks => Prefix + "-ticks";

    /// <inheritdoc/>
    public ValueTask<bool> RenewAsync(Lease lease, CancellationToken cancellationToken) => PutAsync([lease], SortedSetWhen.Always);

    /// <inheritdoc/>
    public ValueTask<bool> EnsureAsync(IReadOnlyCollection<Lease> leases, CancellationToken cancellationToken) =>
        leases.Count == 0 ? new(true) : PutAsync(leases, SortedSetWhen.NotExists);

    /// <inheritdoc/>
    public async ValueTask<bool> ReleaseAsync(LeaseKey key, CancellationToken cancellationToken)
    {
        try
        {
            var gone = Database.SortedSetRemoveAsync(ByExpiry, key.ToString());
            await Task.WhenAll(gone, Database.HashDeleteAsync(Ttls, key.ToString())).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (IsAway(exception))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ExpiredLeases> ReadExpiredAsync(int limit, CancellationToken cancellationToken)
    {
        try
        {
            var pulse = await RedisPulse.ReadAsync(Database, Ticks).ConfigureAwait(false);
            if (pulse.Fault(options.TickTolerance) is { } fault) return new([], fault);
            var members = await Database.SortedSetRangeByScoreAsync(ByExpiry, stop: pulse.Now, take: limit).ConfigureAwait(false);
            var keys = new List<LeaseKey>(members.Length);
            foreach (var member in members)
            {
                if (LeaseKey.TryParse(member.ToString(), out var key)) keys.Add(key);
            }

            return new(keys, null);
        }
        catch (Exception exception) when (IsAway(exception))
        {
            return new([], $"Redis cannot be reached: {exception.GetType().Name}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> IsExpiredAsync(LeaseKey key, CancellationToken cancellationToken)
    {
        try
        {
            var expiry = Database.SortedSetScoreAsync(ByExpiry, key.ToString());
            var pulse = await RedisPulse.ReadAsync(Database, Ticks).ConfigureAwait(false);
            return await expiry.ConfigureAwait(false) <= pulse.Now && pulse.Fault(options.TickTolerance) is null;
        }
        catch (Exception exception) when (IsAway(exception))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<LeaseTick> TickAsync(CancellationToken cancellationToken)
    {
        try
        {
            var pulse = await RedisPulse.ReadAsync(Database, Ticks).ConfigureAwait(false);
            var silent = pulse.Ticks.Where(tick => tick.Registry != _registry && IsSilent(pulse, tick))
                .Select(tick => (RedisValue)tick.Registry).ToArray();
            var fault = OwnFault(pulse) ?? (silent.Length > 0 ? $"Registry {silent[0]} is silent and is waited for no longer" : null);
            var granted = 0;
            if (fault is not null)
            {
                // The tick comes last: a Registry that dies in between leaves expiry suspended, and the next one grants again.
                _unrecorded = false;
                granted = await GrantAllAsync().ConfigureAwait(false);
                pulse = pulse with { Now = await NowAsync().ConfigureAwait(false) };
            }

            await Database.HashSetAsync(Ticks, _registry, pulse.AsTick()).ConfigureAwait(false);
            if (silent.Length > 0) await Database.HashDeleteAsync(Ticks, silent).ConfigureAwait(false);
            _ticked = log();
            return new(true, fault, granted);
        }
        catch (Exception exception) when (IsAway(exception))
        {
            _unrecorded = true;
            return new(false, $"Redis cannot be reached: {exception.GetType().Name}", 0);
        }
    }

    /// <inheritdoc/>
    public async ValueTask LeaveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Database.HashDeleteAsync(Ticks, _registry).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsAway(exception))
        {
            // The others wait for it as for one that was killed.
        }
    }

    /// <summary>
    /// Why heartbeats that were sent to this Registry may be lost. Silence of others is theirs to end, or to be forgotten for.
    /// </summary>
    private string? OwnFault(RedisPulse pulse)
    {
        if (_unrecorded) return "heartbeats could not be recorded for a while";
        if (pulse.Ticks.Count == 0) return pulse.Fault(options.TickTolerance);
        foreach (var tick in pulse.Ticks)
        {
            if (tick.Registry == _registry) return pulse.FaultOf(tick, options.TickTolerance);
        }

        // One that comes to others that tick has taken no heartbeat yet; one whose tick is gone was taken for dead, or Redis has lost it.
        return _ticked == log() ? "the last tick of this Registry is missing" : null;
    }

    private bool IsSilent(RedisPulse pulse, RegistryTick tick) =>
        pulse.AgeOf(tick).Duration() > Patience
            || (pulse.FaultOf(tick, options.TickTolerance) is not null && ProcessName.IsDeadHere(tick.Registry));

    private async ValueTask<bool> PutAsync(IReadOnlyCollection<Lease> leases, SortedSetWhen when)
    {
        try
        {
            var now = await NowAsync().ConfigureAwait(false);
            var ttls = leases.Select(lease => new HashEntry(lease.Key.ToString(), (long)lease.Ttl.TotalMilliseconds)).ToArray();
            var times = leases.Select(lease => new SortedSetEntry(lease.Key.ToString(), now + (long)lease.Ttl.TotalMilliseconds)).ToArray();
            await Task.WhenAll(Database.HashSetAsync(Ttls, ttls), Database.SortedSetAddAsync(ByExpiry, times, when)).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (IsAway(exception))
        {
            _unrecorded = true;
            return false;
        }
    }

    private async Task<int> GrantAllAsync()
    {
        var now = await NowAsync().ConfigureAwait(false);
        var members = await Database.SortedSetRangeByRankAsync(ByExpiry).ConfigureAwait(false);
        if (members.Length == 0) return 0;
        var ttls = (await Database.HashGetAllAsync(Ttls).ConfigureAwait(false)).ToDictionary(entry => entry.Name,
            entry => (long)entry.Value);
        var times = members.Select(
            member => new SortedSetEntry(member, now + ttls.GetValueOrDefault(member, (long)TtlIfLost.TotalMilliseconds))).ToArray();
        await Database.SortedSetAddAsync(ByExpiry, times, SortedSetWhen.Exists).ConfigureAwait(false);
        return members.Length;
    }

    private Task<long> NowAsync() => RedisClock.NowAsync(Database);

    private static bool IsAway(Exception exception) => exception is RedisException or TimeoutException or ObjectDisposedException;
}
