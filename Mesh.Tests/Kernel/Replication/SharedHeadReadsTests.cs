using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;
using Mesh.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Kernel.Replication;

public class SharedHeadReadsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly LogPosition Head = new(new LogIdentity(Guid.NewGuid(), 1), 7, EntryHash.Zero, DateTimeOffset.UnixEpoch);

    // A machine that stands still for a second gives up no read: time passes where a test says so.
    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_that_ask_at_once_cost_the_registry_two_reads()
    {
        var log = new SlowLog();
        var heads = new SharedHeadReads(log, _clock);
        var first = heads.ReadAsync(Token).AsTask();
        await Eventually.True(() => log.Reads == 1, Patience, "the first read is under way");
        Task<LogPosition?>[] all = [.. Enumerable.Range(0, 1000).Select(_ => heads.ReadAsync(Token).AsTask())];

        log.Answer(Head);
        log.Answer(Head with { Sequence = 8 });

        Assert.Equal(7, (await first.WaitAsync(Patience, Token))!.Sequence);
        // What was in progress when they asked tells them nothing: it may have been read before.
        Assert.All(await Passing(Task.WhenAll(all)), head => Assert.Equal(8, head!.Sequence));
        Assert.Equal(2, log.Reads);
    }

    [Fact]
    public async Task Another_registry_is_asked_once_and_none_is_no_head()
    {
        var log = new SlowLog();
        var heads = new SharedHeadReads(log, _clock);
        log.Answer(null);
        log.Answer(Head);
        Assert.Equal(7, (await Passing(heads.ReadAsync(Token).AsTask()))!.Sequence);

        log.Answer(null);
        log.Answer(null);
        Assert.Null(await Passing(heads.ReadAsync(Token).AsTask()));
    }

    [Fact]
    public async Task A_reader_that_gives_up_takes_nothing_from_the_others()
    {
        var log = new SlowLog();
        var heads = new SharedHeadReads(log, _clock);
        using var gone = new CancellationTokenSource();
        var first = heads.ReadAsync(gone.Token).AsTask();
        var second = heads.ReadAsync(Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        // The second has a read of its own where the first's had begun.
        log.Answer(Head);
        log.Answer(Head);

        Assert.Equal(7, (await Passing(second))!.Sequence);
    }

    [Fact]
    public async Task A_frozen_registry_is_given_up_after_seconds()
    {
        var heads = new SharedHeadReads(new SlowLog(), _clock);
        Assert.Null(await Passing(heads.ReadAsync(Token).AsTask()));
    }

    /// <summary>Lets time pass until a task is done.</summary>
    private async Task<T> Passing<T>(Task<T> task)
    {
        await Eventually.True(() => Passes(task), Patience, "the head is told");
        return await task;
    }

    private bool Passes(Task task)
    {
        if (task.IsCompleted)
            return true;
        _clock.Advance(SharedHeadReads.Spacing);
        return false;
    }

    /// <summary>A Registry whose answers a test gives one by one; null is a failure.</summary>
    private sealed class SlowLog : ILogClient
    {
        private readonly System.Threading.Channels.Channel<LogPosition?> _answers =
            System.Threading.Channels.Channel.CreateBounded<LogPosition?>(8);
        private int _reads;

        public int Reads => Volatile.Read(ref _reads);

        public string Description => "slow";

        public void Answer(LogPosition? head) => _answers.Writer.TryWrite(head);

        public async ValueTask<LogPosition> ReadHeadAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _reads);
            return await _answers.Reader.ReadAsync(cancellationToken) ?? throw new LogUnavailableException("away");
        }

        public IAsyncEnumerable<IReadOnlyList<LogEntry>> ReadAsync(long afterSequence, int limit, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<ReadOnlyMemory<byte>?> LoadSnapshotAsync(string fingerprint, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public IAsyncEnumerable<LogPage> TailAsync(LogPosition after, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
