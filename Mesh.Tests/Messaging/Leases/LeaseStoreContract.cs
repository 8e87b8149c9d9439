using Mesh.Kernel.Log;
using Mesh.Messaging.Redis;
using Mesh.Tests.Support;

namespace Mesh.Tests.Messaging.Leases;

/// <summary>What leases must do; each rule runs against Garnet and redis-server.</summary>
public abstract class LeaseStoreContract(RedisServer server) : LeaseStoreHarness(server)
{
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
}
