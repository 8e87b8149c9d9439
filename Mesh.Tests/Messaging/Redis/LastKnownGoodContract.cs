using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Messaging.Redis;
using Mesh.Tests.Kernel.Replication;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Mesh.Tests.Messaging.Redis;

/// <summary>The rules of the last-known-good copy, on any Redis.</summary>
public abstract class LastKnownGoodContract(RedisServer server) : IAsyncLifetime
{
    // Another schema version is another fingerprint, so another key: no test sees the copy of another.
    private static int _schema = 1_000;
    private readonly StateFolder _folder = new([new CounterFold(Interlocked.Increment(ref _schema))]);
    private ConnectionMultiplexer _redis = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

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
    public async Task A_copy_is_replaced_only_by_a_higher_epoch_and_sequence()
    {
        var copy = Copy();
        var log = new LogMaker();
        log.Append(("a", 1));
        var first = log.Fold(_folder);
        log.Append(("a", 2));
        var second = log.Fold(_folder);
        Assert.Null(await copy.LoadAsync(Cancel));
        Assert.True(await copy.SaveAsync(second, Cancel));
        Assert.False(await copy.SaveAsync(first, Cancel));
        Assert.False(await copy.SaveAsync(second, Cancel));
        Assert.Equal(second.Position, (await copy.LoadAsync(Cancel))!.Position);

        var restored = log.RestoredAt(1);
        var next = restored.Fold(_folder).At(restored.Head);
        Assert.True(await copy.SaveAsync(next, Cancel));
        Assert.False(await copy.SaveAsync(second, Cancel));
        var loaded = (await copy.LoadAsync(Cancel))!;
        Assert.Equal((restored.Log, 1), (loaded.Position.Log, loaded.Facts<CounterState>().Values["a"]));
    }

    [Fact]
    public async Task A_copy_of_another_log_is_replaced_and_one_beyond_the_end_of_its_log_is_forgotten()
    {
        var copy = Copy();
        var old = new LogMaker();
        for (var i = 0; i < 5; i++) old.Append(("a", i));
        await copy.SaveAsync(old.Fold(_folder), Cancel);
        await copy.ForgetBeyondAsync(LogPosition.After(old.Entries[4]), Cancel);
        Assert.NotNull(await copy.LoadAsync(Cancel));
        await copy.ForgetBeyondAsync(LogPosition.After(old.Entries[2]), Cancel);
        Assert.Null(await copy.LoadAsync(Cancel));

        await copy.SaveAsync(old.Fold(_folder), Cancel);
        var wiped = new LogMaker();
        wiped.Append(("b", 1));
        Assert.True(await copy.SaveAsync(wiped.Fold(_folder), Cancel));
        Assert.Equal(wiped.Log, (await copy.LoadAsync(Cancel))!.Position.Log);
    }

    [Fact]
    public async Task Many_that_save_at_once_leave_the_furthest()
    {
        var log = new LogMaker();
        var states = Enumerable.Range(1, 20).Select(i =>
        {
            log.Append(("a", i));
            return log.Fold(_folder);
        }).ToArray();
        await Task.WhenAll(states.Select(async state =>
        {
            var copy = Copy();

            // As the keeper does it: whoever lost the race tries again until it is kept or no longer further.
            while (!await copy.SaveAsync(state, Cancel) && ((await copy.LoadAsync(Cancel))?.Sequence ?? 0) < state.Sequence)
            {
            }
        }));
        Assert.Equal(20, (await Copy().LoadAsync(Cancel))!.Sequence);
    }

    [Fact]
    public async Task Without_Redis_there_is_no_copy_and_no_failure()
    {
        var copy = new RedisLastKnownGood(new ServiceCollection().BuildServiceProvider(), _folder, NullLogger<RedisLastKnownGood>.Instance);
        Assert.Null(await copy.LoadAsync(Cancel));
        Assert.False(await copy.SaveAsync(new LogMaker().Fold(_folder), Cancel));
    }

    [Fact]
    public async Task While_Redis_is_away_nothing_fails_and_the_copy_is_offered_again_when_it_is_back()
    {
        await using var own = (RedisServer)Activator.CreateInstance(server.GetType())!;
        await own.Start();
        await using var redis = await own.Connect();
        var copy = new RedisLastKnownGood(new ServiceCollection().AddSingleton<IConnectionMultiplexer>(redis).BuildServiceProvider(),
            _folder, NullLogger<RedisLastKnownGood>.Instance);
        var log = new LogMaker();
        log.Append(("a", 1));
        var state = log.Fold(_folder);
        Assert.True(await copy.SaveAsync(state, Cancel));
        await own.Process.Kill();
        Assert.Null(await copy.LoadAsync(Cancel));
        Assert.False(await copy.SaveAsync(state, Cancel));

        // It kept nothing on disk; the keeper offers its state every few seconds.
        await own.Start();
        await Eventually.True(async () => await copy.SaveAsync(state, Cancel), ReplicaHarness.Deadline, "the copy is kept again");
        Assert.Equal(state.Position, (await copy.LoadAsync(Cancel))!.Position);
    }

    private RedisLastKnownGood Copy() => new(
        new ServiceCollection().AddSingleton<IConnectionMultiplexer>(_redis).BuildServiceProvider(), _folder,
        NullLogger<RedisLastKnownGood>.Instance);
}

/// <summary>On the local engine's Garnet.</summary>
public sealed class GarnetLastKnownGoodTests(GarnetProgram server) : LastKnownGoodContract(server), IClassFixture<GarnetProgram>;

/// <summary>On Debian's redis-server.</summary>
public sealed class RedisLastKnownGoodTests(RedisProgram server) : LastKnownGoodContract(server), IClassFixture<RedisProgram>;
