using Mesh.Kernel.Leases;
using Mesh.Messaging.Redis;
using Mesh.Tests.Support;

namespace Mesh.Tests.Messaging.Leases;

/// <summary>What the ticks of the Registries decide: when no lease may run out. Each rule runs against Garnet and redis-server.</summary>
public abstract class LeaseTickContract(RedisServer server) : LeaseStoreHarness(server)
{
    /// <summary>So long ago that the tick after it is missing.</summary>
    private static readonly TimeSpan Missing = TimeSpan.FromSeconds(-40);

    private string TickKey => $"cdaprod:mesh:{{{Log}}}:lease-ticks";

    [Fact]
    public async Task Nothing_expires_before_a_registry_has_ticked_on_this_epoch()
    {
        var before = await Ticking();
        await before.RenewAsync(new(Key("a"), Short), Token);
        await Expired(before, Key("a"));
        var restored = Store(Log with { Epoch = 2 });
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
        var (one, two) = (await Ticking(), Store(Log));
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
        await Redis.GetDatabase().KeyDeleteAsync(TickKey);
        Assert.Equal(1, (await two.TickAsync(Token)).Granted);
        Assert.Equal(1, (await one.TickAsync(Token)).Granted);
        Assert.Null((await one.TickAsync(Token)).Fault);
    }

    [Fact]
    public async Task A_registry_that_was_killed_on_this_machine_is_given_up_at_once()
    {
        var leases = await Ticking();
        var own = (await Redis.GetDatabase().HashGetAsync(TickKey, await OnlyRegistry())).ToString();
        await Redis.GetDatabase().HashSetAsync(TickKey, $"{Environment.MachineName}/{int.MaxValue}/killed", own);
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
        var field = Assert.Single(await Redis.GetDatabase().HashGetAllAsync(TickKey));
        await Redis.GetDatabase().HashSetAsync(TickKey, field.Name, $"{field.Value.ToString().Split('|')[0]}|another-run");
        Assert.Contains("restarted", (await leases.ReadExpiredAsync(10, Token)).Suspended!, StringComparison.Ordinal);
        Assert.Equal(1, (await leases.TickAsync(Token)).Granted);
    }

    private async Task ShiftTick(TimeSpan by, string? registry = null)
    {
        foreach (var field in await Redis.GetDatabase().HashGetAllAsync(TickKey))
        {
            if (registry is not null && field.Name != registry) continue;
            var tick = field.Value.ToString().Split('|');
            await Redis.GetDatabase()
                .HashSetAsync(TickKey, field.Name,
                    $"{long.Parse(tick[0], System.Globalization.CultureInfo.InvariantCulture) + (long)by.TotalMilliseconds}|{tick[1]}");
        }
    }

    private async Task<string> OnlyRegistry() => Assert.Single(await Redis.GetDatabase().HashKeysAsync(TickKey)).ToString();

    private Task SetExpiry(LeaseKey key, long milliseconds) =>
        Redis.GetDatabase().SortedSetAddAsync($"cdaprod:mesh:{{{Log}}}:leases", key.ToString(), milliseconds);
}
