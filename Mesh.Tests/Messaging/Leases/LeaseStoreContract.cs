using Mesh.Kernel.Catalog;
using Mesh.Kernel.Leases;
using Mesh.Kernel.Log;
using Mesh.Messaging.Redis;
using Mesh.Tests.Support;
using StackExchange.Redis;

namespace Mesh.Tests.Messaging.Leases;

/// <summary>What leases must do; each rule runs against Garnet and redis-server.</summary>
public abstract class LeaseStoreContract(RedisServer server) : IAsyncLifetime
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(80), Long = TimeSpan.FromMinutes(1),
        Deadline = TimeSpan.FromSeconds(60);

    // Tests tick when they say so, not each second: what a slow machine takes between two ticks must not look like a missing one.
    private static readonly TimeSpan Missing = TimeSpan.FromSeconds(-40);
    private static readonly LeaseOptions Options = new() { TickTolerance = TimeSpan.FromSeconds(30) };
    private readonly LogIdentity _log = new(Guid.CreateVersion7(), 1);
    private ConnectionMultiplexer _redis = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string TickKey => $"cdaprod:mesh:{{{_log}}}:lease-ticks";

    public async ValueTask InitializeAsync()
    {
        await server.Start();
        _redis = await server.Connect();
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_lease_runs_out_when_no_heartbeat_renews_it()
    {
        var leases = await Ticking();
        Assert.True(await leases.RenewAsync(new(Key("a"), Short), Token));
        Assert.True(await leases.RenewAsync(new(Key("b"), Long), Token));
        await Expired(leases, Key("a"));
        Assert.True(await leases.IsExpiredAsync(Key("a"), Token));
        Assert.False(await leases.IsExpiredAsync(Key("b"), Token));
        Assert.False(await leases.IsExpiredAsync(Key("never-seen"), Token));
    }

    [Fact]
    public async Task A_heartbeat_just_before_the_command_keeps_the_instance()
    {
        var leases = await Ticking();
        await leases.RenewAsync(new(Key("a"), Short), Token);
        await Expired(leases, Key("a"));
        await leases.RenewAsync(new(Key("a"), Long), Token);
        Assert.False(await leases.IsExpiredAsync(Key("a"), Token));
        Assert.Empty((await leases.ReadExpiredAsync(10, Token)).Keys);
    }

    [Fact]
    public async Task A_heartbeat_of_an_older_incarnation_does_not_prolong_a_newer_one()
    {
        var leases = await Ticking();
        await leases.RenewAsync(new(Key("a", 2), Short), Token);
        await leases.RenewAsync(new(Key("a", 1), Long), Token);
        await Expired(leases, Key("a", 2));
    }

    [Fact]
    public async Task A_released_lease_is_forgotten()
    {
        var leases = await Ticking();
        await leases.RenewAsync(new(Key("a"), Short), Token);
        await Expired(leases, Key("a"));
        Assert.True(await leases.ReleaseAsync(Key("a"), Token));
        Assert.Empty((await leases.ReadExpiredAsync(10, Token)).Keys);
    }

    [Fact]
    public async Task A_sweep_makes_missing_leases_and_leaves_the_others_alone()
    {
        var leases = await Ticking();
        await leases.RenewAsync(new(Key("old"), Short), Token);
        await Expired(leases, Key("old"));
        Assert.True(await leases.EnsureAsync([new(Key("old"), Long), new(Key("lost"), Short)], Token));
        await Eventually.True(async () => await leases.IsExpiredAsync(Key("lost"), Token), Deadline,
            "the lease that was made anew runs out");
        Assert.True(await leases.IsExpiredAsync(Key("old"), Token));
    }

    [Fact]
    public async Task The_longest_expired_come_first_and_no_more_than_asked_for()
    {
        var leases = await Ticking();
        for (var i = 0; i < 5; i++) await leases.RenewAsync(new(Key($"i{i}"), TimeSpan.FromMilliseconds(1 + i * 10)), Token);
        await Eventually.True(async () => (await leases.ReadExpiredAsync(100, Token)).Keys.Count == 5, Deadline, "all five run out");
        Assert.Equal([Key("i0"), Key("i1")], (await leases.ReadExpiredAsync(2, Token)).Keys);
    }

    [Fact]
    public async Task Nothing_expires_before_a_registry_has_ticked_on_this_epoch()
    {
        var before = await Ticking();
        await before.RenewAsync(new(Key("a"), Short), Token);
        await Expired(before, Key("a"));
        var restored = Store(_log with { Epoch = 2 });
        await restored.RenewAsync(new(Key("a"), TimeSpan.FromMilliseconds(1)), Token);
        var reading = await restored.ReadExpiredAsync(10, Token);
        Assert.Empty(reading.Keys);
        Assert.NotNull(reading.Suspended);
    }

    [Fact]
    public async Task A_missing_tick_suspends_expiry_and_the_next_one_grants_a_full_TTL()
    {
        var leases = await Ticking();
        await leases.RenewAsync(new(Key("a"), Short), Token);
        await leases.RenewAsync(new(Key("b"), Long), Token);
        await Expired(leases, Key("a"));
        await ShiftTick(Missing);
        Assert.Contains("tick", (await leases.ReadExpiredAsync(10, Token)).Suspended!, StringComparison.Ordinal);
        Assert.False(await leases.IsExpiredAsync(Key("a"), Token));
        await leases.RenewAsync(new(Key("a"), Long), Token);
        await SetExpiry(Key("a"), 1);
        var tick = await leases.TickAsync(Token);
        Assert.Equal((true, 2), (tick.Recorded, tick.Granted));
        Assert.False(await leases.IsExpiredAsync(Key("a"), Token));
        Assert.Null((await leases.TickAsync(Token)).Fault);
    }

    [Fact]
    public async Task A_clock_that_jumps_back_grants_a_full_TTL_and_no_more()
    {
        var leases = await Ticking();
        await leases.RenewAsync(new(Key("a"), Short), Token);
        await SetExpiry(Key("a"), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds());
        await ShiftTick(TimeSpan.FromHours(1));
        Assert.NotNull((await leases.ReadExpiredAsync(10, Token)).Suspended);
        Assert.Equal(1, (await leases.TickAsync(Token)).Granted);
        await Expired(leases, Key("a"));
    }

    [Fact]
    public async Task Ticks_of_several_registries_do_not_disturb_each_other()
    {
        var (one, two) = (await Ticking(), Store(_log));
        for (var i = 0; i < 50; i++)
        {
            var ticks = await Task.WhenAll(one.TickAsync(Token).AsTask(), two.TickAsync(Token).AsTask());
            Assert.All(ticks, tick => Assert.Null(tick.Fault));
        }
    }

    [Fact]
    public async Task A_registry_that_no_longer_ticks_suspends_expiry_though_others_tick()
    {
        var one = await Ticking();
        var silent = await OnlyRegistry();
        var two = await Ticking();
        await two.RenewAsync(new(Key("a"), Short), Token);
        await Expired(two, Key("a"));
        await ShiftTick(Missing, silent);
        var tick = await two.TickAsync(Token);
        Assert.Equal((true, null, 0), (tick.Recorded, tick.Fault, tick.Granted));
        var reading = await two.ReadExpiredAsync(10, Token);
        Assert.Empty(reading.Keys);
        Assert.Contains(silent, reading.Suspended!, StringComparison.Ordinal);
        Assert.False(await two.IsExpiredAsync(Key("a"), Token));

        // When it is back every lease gets a full term, since heartbeats sent to it may be lost.
        tick = await one.TickAsync(Token);
        Assert.NotNull(tick.Fault);
        Assert.Equal(1, tick.Granted);
        await Expired(two, Key("a"));
    }

    [Fact]
    public async Task A_registry_that_is_silent_for_a_minute_is_given_up_and_every_lease_gets_a_full_TTL()
    {
        await Ticking();
        var silent = await OnlyRegistry();
        var two = await Ticking();
        await two.RenewAsync(new(Key("a"), Short), Token);
        await Expired(two, Key("a"));
        await two.RenewAsync(new(Key("b"), Long), Token);
        await SetExpiry(Key("b"), 1);
        await ShiftTick(-RedisLeaseStore.Patience - TimeSpan.FromSeconds(1), silent);
        var tick = await two.TickAsync(Token);
        Assert.Equal(2, tick.Granted);
        Assert.NotEqual(silent, await OnlyRegistry());
        Assert.Null((await two.ReadExpiredAsync(10, Token)).Suspended);
        Assert.False(await two.IsExpiredAsync(Key("b"), Token));
    }

    [Fact]
    public async Task A_registry_that_was_given_up_and_comes_back_grants_a_full_TTL()
    {
        var one = await Ticking();
        var two = await Ticking();
        await one.RenewAsync(new(Key("a"), Long), Token);
        await _redis.GetDatabase().KeyDeleteAsync(TickKey);
        Assert.Equal(1, (await two.TickAsync(Token)).Granted);
        Assert.Equal(1, (await one.TickAsync(Token)).Granted);
        Assert.Null((await one.TickAsync(Token)).Fault);
    }

    [Fact]
    public async Task A_registry_that_was_killed_on_this_machine_is_given_up_at_once()
    {
        var leases = await Ticking();
        var own = (await _redis.GetDatabase().HashGetAsync(TickKey, await OnlyRegistry())).ToString();
        await _redis.GetDatabase().HashSetAsync(TickKey, $"{Environment.MachineName}/{int.MaxValue}/killed", own);
        Assert.Null((await leases.TickAsync(Token)).Fault);
        await ShiftTick(Missing, $"{Environment.MachineName}/{int.MaxValue}/killed");
        Assert.NotNull((await leases.TickAsync(Token)).Fault);
        Assert.Null((await leases.ReadExpiredAsync(10, Token)).Suspended);
    }

    [Fact]
    public async Task A_registry_that_leaves_in_good_order_is_not_waited_for()
    {
        var one = await Ticking();
        var two = await Ticking();
        await two.RenewAsync(new(Key("a"), Short), Token);
        await one.LeaveAsync(Token);
        await OnlyRegistry();
        Assert.Null((await two.TickAsync(Token)).Fault);
        await Expired(two, Key("a"));
    }

    [Fact]
    public async Task Another_life_of_Redis_suspends_expiry()
    {
        var leases = await Ticking();
        await leases.RenewAsync(new(Key("a"), Short), Token);
        await Expired(leases, Key("a"));
        var field = Assert.Single(await _redis.GetDatabase().HashGetAllAsync(TickKey));
        await _redis.GetDatabase().HashSetAsync(TickKey, field.Name, $"{field.Value.ToString().Split('|')[0]}|another-run");
        Assert.Contains("restarted", (await leases.ReadExpiredAsync(10, Token)).Suspended!, StringComparison.Ordinal);
        Assert.Equal(1, (await leases.TickAsync(Token)).Granted);
    }

    protected static async Task While_Redis_is_away_nothing_fails_and_nothing_expires(RedisServer own)
    {
        await own.Start();
        await using var redis = await own.Connect();
        var leases = new RedisLeaseStore(redis, () => new LogIdentity(Guid.Empty, 1), Options);
        await leases.TickAsync(Token);
        await leases.RenewAsync(new(Key("a"), Short), Token);
        await Expired(leases, Key("a"));

        await own.Process.Kill();
        Assert.False(await leases.RenewAsync(new(Key("a"), Long), Token));
        Assert.False(await leases.ReleaseAsync(Key("a"), Token));
        Assert.False(await leases.EnsureAsync([new(Key("a"), Long)], Token));
        Assert.False(await leases.IsExpiredAsync(Key("a"), Token));
        var reading = await leases.ReadExpiredAsync(10, Token);
        Assert.Empty(reading.Keys);
        Assert.NotNull(reading.Suspended);
        Assert.False((await leases.TickAsync(Token)).Recorded);

        await own.Start();
        await Eventually.True(async () => await leases.RenewAsync(new(Key("a"), TimeSpan.FromMilliseconds(1)), Token), Deadline,
            "heartbeats are recorded again");
        Assert.NotNull((await leases.ReadExpiredAsync(10, Token)).Suspended);
        Assert.NotNull((await leases.TickAsync(Token)).Fault);
        await Expired(leases, Key("a"));
    }

    protected static async Task A_Redis_that_comes_back_with_an_older_snapshot_ends_no_lease(RedisServer own)
    {
        await own.Start();
        await using var redis = await own.Connect();
        var leases = new RedisLeaseStore(redis, () => new LogIdentity(Guid.Empty, 1), Options);
        await leases.TickAsync(Token);
        await leases.RenewAsync(new(Key("a"), Short), Token);
        await redis.GetServers().Single().ExecuteAsync("SAVE");
        await leases.RenewAsync(new(Key("a"), Long), Token);

        await own.Process.Kill();
        await own.Start();
        await Eventually.True(
            async () => (await leases.ReadExpiredAsync(10, Token)).Suspended?.Contains("restarted", StringComparison.Ordinal) == true,
            Deadline, "another life is noticed");
        // What it has loaded says that the lease has run out; it gets a full term.
        Assert.Equal(1, (await leases.TickAsync(Token)).Granted);
        await leases.RenewAsync(new(Key("a"), Long), Token);
        var reading = await leases.ReadExpiredAsync(10, Token);
        Assert.Null(reading.Suspended);
        Assert.Empty(reading.Keys);
    }

    private static LeaseKey Key(string instance, long incarnation = 1) => new(new ServiceKey("default", "echo"), instance, incarnation);

    private static Task Expired(ILeaseStore leases, LeaseKey key) =>
        Eventually.True(async () => (await leases.ReadExpiredAsync(10, Token)).Keys.Contains(key), Deadline, $"{key} runs out");

    private RedisLeaseStore Store(LogIdentity log) => new(_redis, () => log, Options);

    private async Task<RedisLeaseStore> Ticking()
    {
        var store = Store(_log);
        Assert.True((await store.TickAsync(Token)).Recorded);
        return store;
    }

    private async Task ShiftTick(TimeSpan by, string? registry = null)
    {
        foreach (var field in await _redis.GetDatabase().HashGetAllAsync(TickKey))
        {
            if (registry is not null && field.Name != registry) continue;
            var tick = field.Value.ToString().Split('|');
            await _redis.GetDatabase()
                .HashSetAsync(TickKey, field.Name,
                    $"{long.Parse(tick[0], System.Globalization.CultureInfo.InvariantCulture) + (long)by.TotalMilliseconds}|{tick[1]}");
        }
    }

    private async Task<string> OnlyRegistry() => Assert.Single(await _redis.GetDatabase().HashKeysAsync(TickKey)).ToString();

    private Task SetExpiry(LeaseKey key, long milliseconds) =>
        _redis.GetDatabase().SortedSetAddAsync($"cdaprod:mesh:{{{_log}}}:leases", key.ToString(), milliseconds);
}
