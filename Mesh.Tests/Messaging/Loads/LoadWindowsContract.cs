using Mesh.Kernel.Loads;
using Mesh.Kernel.Log;
using Mesh.Messaging.Redis;
using Mesh.Tests.Support;
using StackExchange.Redis;

namespace Mesh.Tests.Messaging.Loads;

/// <summary>What windows of load must do; each rule runs against Garnet and redis-server.</summary>
public abstract class LoadWindowsContract(RedisServer server) : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly LogIdentity _log = new(Guid.CreateVersion7(), 1);
    private ConnectionMultiplexer _redis = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
    public async Task What_was_recorded_is_read_by_any_process_cluster_by_cluster()
    {
        var (one, two) = (Windows(_log), Windows(_log));
        var begin = await Before();
        Assert.True(
            await one.RecordAsync(
                [new("shop@v1", Load(90, 10)), new("shop@v2", new() { Succeeded = 3, Failed = 1, Timed = 4, Milliseconds = 10.5 })],
                Token));
        Assert.True(await two.RecordAsync([new("shop@v2", new() { Succeeded = 1, Timed = 1, Milliseconds = 1.25 })], Token));

        Assert.Equal(Load(90, 10), await two.ReadAsync("shop@v1", begin, Token));
        var second = await one.ReadAsync("shop@v2", begin, Token);
        Assert.Equal(new LoadWindow { Succeeded = 4, Failed = 1, Timed = 5, Milliseconds = 11.75 }, second);
        Assert.Equal((0.2, 2.35), (second!.ErrorRate, second.MeanMilliseconds!.Value));
        Assert.Equal(LoadWindow.None, await one.ReadAsync("shop", begin, Token));
    }

    [Fact]
    public async Task A_window_that_began_before_the_time_asked_for_does_not_count()
    {
        var windows = Windows(_log);
        var begin = await Before();
        await windows.RecordAsync([new("shop", Load(5, 0))], Token);
        Assert.Equal(5, (await windows.ReadAsync("shop", begin, Token))!.Total);
        Assert.Equal(LoadWindow.None, await windows.ReadAsync("shop", await Now() + TimeSpan.FromMilliseconds(1), Token));
        Assert.Equal(LoadWindow.None, await windows.ReadAsync("shop", DateTimeOffset.MaxValue, Token));
        Assert.Equal(5, (await windows.ReadAsync("shop", DateTimeOffset.UnixEpoch, Token))!.Total);
    }

    [Fact]
    public async Task Nothing_is_lost_when_many_record_at_once()
    {
        var begin = await Before();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
            Assert.True(
                await Windows(_log).RecordAsync(
                    [new("shop", new() { Succeeded = 2, Failed = 1, Timed = 3, Milliseconds = 0.5 }), new($"other{i}", Load(1, 0))],
                    Token))));
        Assert.Equal(new LoadWindow { Succeeded = 400, Failed = 200, Timed = 600, Milliseconds = 100 },
            await Windows(_log).ReadAsync("shop", begin, Token));
    }

    [Fact]
    public async Task Another_log_or_epoch_has_windows_of_its_own()
    {
        var begin = await Before();
        await Windows(_log).RecordAsync([new("shop", Load(5, 5))], Token);
        Assert.Equal(LoadWindow.None, await Windows(_log with { Epoch = 2 }).ReadAsync("shop", begin, Token));
        Assert.Equal(LoadWindow.None, await Windows(new(Guid.CreateVersion7(), 1)).ReadAsync("shop", begin, Token));
        Assert.False(await Windows(default).RecordAsync([new("shop", Load(5, 5))], Token));
    }

    [Fact]
    public async Task The_directory_names_the_clusters_with_results_and_no_more_than_asked_for()
    {
        var windows = Windows(_log);
        var begin = await Before();
        await windows.RecordAsync([new("shop", Load(1, 0)), new("cart.team@v2", Load(1, 0))], Token);
        Assert.Equal(["cart.team@v2", "shop"], await windows.ListAsync(begin, 10, Token));
        Assert.Single((await windows.ListAsync(begin, 1, Token))!);
        Assert.Empty((await windows.ListAsync(await Now() + TimeSpan.FromSeconds(1), 10, Token))!);
    }

    [Fact]
    public async Task Every_key_bears_the_logs_name_and_goes_by_itself()
    {
        var retention = TimeSpan.FromMinutes(10);
        var windows = new RedisLoadWindows(_redis, () => _log, new LoadWindowOptions { Retention = retention });
        await windows.RecordAsync([new("shop", Load(1, 1))], Token);
        var keys = await _redis.GetServers().Single().KeysAsync(pattern: $"*{_log}*").ToListAsync(Token);
        Assert.All(keys, key => Assert.StartsWith($"cdaprod:mesh:{{{_log}}}:load", key.ToString()));
        var hash = Assert.Single(keys, key => key.ToString().Contains(":shop:", StringComparison.Ordinal));
        var left = await _redis.GetDatabase().KeyTimeToLiveAsync(hash);
        Assert.InRange(left!.Value, retention, retention + TimeSpan.FromMinutes(3));
        // Beside the windows there is only their directory, which forgets on its own.
        Assert.Equal(2, keys.Count);
    }

    protected static async Task While_Redis_is_away_it_is_said_and_nothing_is_known(RedisServer own)
    {
        await own.Start();
        await using var redis = await own.Connect();
        var windows = new RedisLoadWindows(redis, () => new LogIdentity(Guid.Empty, 1), new LoadWindowOptions());
        Assert.True(await windows.RecordAsync([new("shop", Load(1, 0))], Token));

        await own.Process.Kill();
        Assert.False(await windows.RecordAsync([new("shop", Load(1, 0))], Token));
        Assert.Null(await windows.ReadAsync("shop", DateTimeOffset.UnixEpoch, Token));
        Assert.Null(await windows.ListAsync(DateTimeOffset.UnixEpoch, 10, Token));

        await own.Start();
        await Eventually.True(async () => await windows.RecordAsync([new("shop", Load(2, 0))], Token), Deadline,
            "results are recorded again");
        Assert.Equal(Load(2, 0), await windows.ReadAsync("shop", DateTimeOffset.UnixEpoch, Token));
    }

    private static LoadWindow Load(long succeeded, long failed) => new() { Succeeded = succeeded, Failed = failed };

    private RedisLoadWindows Windows(LogIdentity log) => new(_redis, () => log, new LoadWindowOptions());

    /// <summary>A time before which the window that it is now cannot have begun.</summary>
    private async Task<DateTimeOffset> Before() => await Now() - RedisLoadWindows.Window;

    private async Task<DateTimeOffset> Now()
    {
        var clock = (RedisResult[])(await _redis.GetDatabase().ExecuteAsync("TIME"))!;
        return DateTimeOffset.FromUnixTimeMilliseconds((long)clock[0] * 1000 + (long)clock[1] / 1000);
    }
}
