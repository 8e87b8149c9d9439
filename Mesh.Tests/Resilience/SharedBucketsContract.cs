using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Log;
using Mesh.Resilience.RateLimits.Shared;
using Mesh.Tests.Support;
using StackExchange.Redis;

namespace Mesh.Tests.Resilience;

/// <summary>What buckets that all share must do; each rule runs against Garnet and redis-server.</summary>
public abstract class SharedBucketsContract(RedisServer server) : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly LogIdentity _log = new(Guid.CreateVersion7(), 1);
    private readonly ServiceKey _shop = new("default", "shop");
    private ConnectionMultiplexer _redis = null!;
    private ConnectionMultiplexer _other = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await server.Start();
        _redis = await server.Connect();
        _other = await server.Connect();
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _other.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Tokens_are_given_all_or_none_and_what_is_left_is_said()
    {
        var buckets = new SharedBuckets(_redis);
        var policy = Hourly(requests: 1, burst: 10);
        Assert.Equal(new SharedGrant(true, 3, TimeSpan.Zero), await buckets.TakeAsync(_log, _shop, policy, 7, Token));
        Assert.Equal(new SharedGrant(false, 3, TimeSpan.Zero), await buckets.TakeAsync(_log, _shop, policy, 4, Token));
        Assert.Equal(new SharedGrant(true, 0, TimeSpan.Zero), await buckets.TakeAsync(_log, _shop, policy, 3, Token));
        var none = await buckets.TakeAsync(_log, _shop, policy, 1, Token);
        Assert.False(none.Granted);
        Assert.InRange(none.Wait, TimeSpan.FromMinutes(55), TimeSpan.FromMinutes(61));
    }

    [Fact]
    public async Task Several_control_planes_together_give_no_more_than_there_is()
    {
        var policy = Hourly(requests: 1, burst: 300);
        SharedBuckets[] all = [new(_redis), new(_other)];
        var given = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            for (var n = 0; n < 50; n++)
            {
                try
                {
                    if ((await all[i % 2].TakeAsync(_log, _shop, policy, 1, Token)).Granted) Interlocked.Increment(ref given);
                }
                catch (TimeoutException)
                {
                    // Others were quicker again and again; nothing was given.
                }
            }
        }));
        Assert.Equal(300, given);
    }

    [Fact]
    public async Task Tokens_come_again_with_time_and_a_full_bucket_leaves_nothing_behind()
    {
        var buckets = new SharedBuckets(_redis);
        var policy = new RateLimitPolicy { Requests = 50, Burst = 5 };
        Assert.True((await buckets.TakeAsync(_log, _shop, policy, 5, Token)).Granted);
        await Eventually.True(async () => (await buckets.TakeAsync(_log, _shop, policy, 1, Token)).Granted, Deadline, "a token has come");
        await Eventually.True(
            async () => !await _redis.GetDatabase().KeyExistsAsync($"cdaprod:mesh:{{{_log}}}:rate-limits:{_shop}"), Deadline,
            "the key of a full bucket is gone");
    }

    [Fact]
    public async Task Another_service_another_log_and_another_policy_are_other_buckets_or_full_ones()
    {
        var buckets = new SharedBuckets(_redis);
        Assert.True((await buckets.TakeAsync(_log, _shop, Hourly(1, 1_000), 1_000, Token)).Granted);
        Assert.True((await buckets.TakeAsync(_log, new("default", "other"), Hourly(1, 1), 1, Token)).Granted);
        Assert.True((await buckets.TakeAsync(_log with { Epoch = 2 }, _shop, Hourly(1, 1), 1, Token)).Granted);
        // Of what was taken under a slower policy no more counts than the new bucket holds.
        var now = await buckets.TakeAsync(_log, _shop, new RateLimitPolicy { Requests = 100, Burst = 5 }, 1, Token);
        Assert.True(now.Granted || now.Wait < TimeSpan.FromSeconds(1), $"{now}");
    }

    private static RateLimitPolicy Hourly(int requests, int burst) =>
        new() { Requests = requests, Burst = burst, Unit = RateLimitUnit.Hour, Scope = RateLimitScope.Global };
}

/// <summary>Buckets on Debian's redis-server.</summary>
public sealed class RedisSharedBucketsTests(RedisProgram server) : SharedBucketsContract(server), IClassFixture<RedisProgram>;

/// <summary>Buckets on the local engine's Garnet.</summary>
public sealed class GarnetSharedBucketsTests(GarnetProgram server) : SharedBucketsContract(server), IClassFixture<GarnetProgram>;
