using Mesh.Kernel.Log;
using Mesh.Tests.Support;

namespace Mesh.Tests.Storage;

/// <summary>What every log store must do; each rule runs against SQLite and PostgreSQL.</summary>
public abstract class LogStoreContract : IAsyncLifetime
{
    private readonly List<ILogStore> _opened = [];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The store under test, on an empty database.</summary>
    protected ILogStore Store { get; private set; } = null!;

    private protected LogScript Script { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Prepare();
        Store = Another();
        Script = await LogScript.Open(Store);
    }

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var store in _opened) await store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task Prepare();

    /// <summary>A store object on the database of this test.</summary>
    protected abstract ILogStore Create();

    protected ILogStore Another()
    {
        var store = Create();
        _opened.Add(store);
        return store;
    }

    [Fact]
    public async Task A_new_log_has_an_identity_and_no_entries()
    {
        Assert.NotEqual(Guid.Empty, Script.Head.Log.LogId);
        Assert.Equal(LogPosition.Start(new LogIdentity(Script.Head.Log.LogId, 1)), await Store.ReadHeadAsync(Token));
        Assert.Empty(await LogChain.Verify(Store));
    }

    [Fact]
    public async Task Entries_come_back_exactly_as_they_were_written()
    {
        var batch = await Script.Append("a/b/c", "a/b/c/i/1", "a/b/c");
        var read = await LogChain.Verify(Store);
        Assert.Equal(batch.Entries.Select(entry => entry with { Data = default }), read.Select(entry => entry with { Data = default }));
        Assert.Equal(batch.Entries.Select(entry => Convert.ToHexString(entry.Data.Span)),
            read.Select(entry => Convert.ToHexString(entry.Data.Span)));
        Assert.Equal(Script.Head, await Store.ReadHeadAsync(Token));
    }

    [Fact]
    public async Task A_log_opened_again_is_the_same_log()
    {
        await Script.Append("a", "b");
        await Store.DisposeAsync();
        var again = Another();
        Assert.Equal(Script.Head, await again.OpenAsync(Token));
        Assert.Equal(2, (await LogChain.Verify(again)).Count);
    }

    [Fact]
    public async Task An_append_to_a_moved_head_is_refused_and_writes_nothing()
    {
        var stale = Script.Batch([LogScript.Outcome("late", 1, DateTimeOffset.UnixEpoch)], "a");
        await Script.Append("b");
        Assert.False(await Store.TryAppendAsync(LogPosition.Start(Script.Head.Log), stale, Token));
        Assert.Equal("b", Assert.Single(await LogChain.Verify(Store)).Stream);
        Assert.Empty(await Store.FindCommandsAsync([new("user:ann", "late")], Token));
        await Script.Append("a");
    }

    [Theory]
    [InlineData("hash")]
    [InlineData("epoch")]
    [InlineData("log")]
    public async Task An_append_to_another_history_is_refused(string difference)
    {
        await Script.Append("a");
        var head = Script.Head;
        var other = difference switch
        {
            "hash" => head with { Hash = EntryHash.OfData("another"u8) },
            "epoch" => head with { Log = head.Log with { Epoch = 2 } },
            _ => head with { Log = head.Log with { LogId = Guid.CreateVersion7() } },
        };
        Assert.False(await Store.TryAppendAsync(other, Script.Batch("a"), Token));
        Assert.Single(await LogChain.Verify(Store));
    }

    [Fact]
    public async Task Of_two_writers_on_one_head_one_wins()
    {
        var other = Another();
        Assert.Equal(Script.Head, await other.OpenAsync(Token));
        for (var round = 0; round < 10; round++)
        {
            LogBatch[] batches = [Script.Batch("a", "x"), Script.Batch("a", "y", "z")];
            var won = await Task.WhenAll(
                Task.Run(() => Store.TryAppendAsync(Script.Head, batches[0], Token).AsTask(), Token),
                Task.Run(() => other.TryAppendAsync(Script.Head, batches[1], Token).AsTask(), Token));
            Assert.Single(won, true);
            Script.Advance(batches[Array.IndexOf(won, true)]);
        }

        await LogChain.Verify(Store);
    }

    [Fact]
    public async Task A_batch_that_fails_in_its_middle_writes_nothing()
    {
        await Script.Append("a");
        var batch = Script.Batch([LogScript.Outcome("key", 2, DateTimeOffset.UnixEpoch)], "b", "c");
        var broken = batch with { Entries = [batch.Entries[0], batch.Entries[1] with { Stream = "b", StreamVersion = 1 }] };
        var failure = await Assert.ThrowsAsync<LogStoreException>(async () => await Store.TryAppendAsync(Script.Head, broken, Token));
        Assert.False(failure.OutcomeUnknown);
        Assert.Single(await LogChain.Verify(Store));
        Assert.Empty(await Store.FindCommandsAsync([new("user:ann", "key")], Token));
        await Script.Append("b", "c");
    }

    [Fact]
    public async Task A_command_key_is_taken_once()
    {
        var first = Script.Batch([LogScript.Outcome("key", 1, DateTimeOffset.UnixEpoch)], "a");
        Assert.True(await Store.TryAppendAsync(Script.Head, first, Token));
        Script.Advance(first);
        var second = Script.Batch([LogScript.Outcome("key", 2, DateTimeOffset.UnixEpoch)], "a");
        var failure = await Assert.ThrowsAsync<LogStoreException>(async () => await Store.TryAppendAsync(Script.Head, second, Token));
        Assert.False(failure.OutcomeUnknown);
        Assert.Single(await LogChain.Verify(Store));

        var kept = Assert.Single(
            await Store.FindCommandsAsync([new("user:ann", "key"), new("user:ann", "other"), new("user:bob", "key")], Token));
        Assert.Equal((1, 1, DateTimeOffset.UnixEpoch), (kept.FirstSequence, kept.LastSequence, kept.Time));
        Assert.Equal([1, 2, 3], kept.RequestHash.ToArray());
        Assert.Equal("{}"u8.ToArray(), kept.Answer.ToArray());
    }

    [Fact]
    public async Task Command_outcomes_are_kept_until_they_are_pruned()
    {
        var day = new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);
        var batch = Script.Batch([LogScript.Outcome("old", 1, day), LogScript.Outcome("new", 1, day.AddTicks(1))], "a");
        Assert.True(await Store.TryAppendAsync(Script.Head, batch, Token));
        Assert.Equal(1, await Store.PruneCommandsAsync(day.AddTicks(1), Token));
        Assert.Equal("new", Assert.Single(await Store.FindCommandsAsync([new("user:ann", "old"), new("user:ann", "new")], Token)).Key.Key);
    }

    [Fact]
    public async Task A_read_starts_after_a_sequence_and_ends_at_its_limit()
    {
        for (var i = 0; i < 5; i++) await Script.Append("a", "b");
        Assert.Equal([4, 5, 6], await Sequences(Store.ReadAsync(3, 3, Token)));
        Assert.Equal([9, 10], await Sequences(Store.ReadAsync(8, 100, Token)));
        Assert.Empty(await Sequences(Store.ReadAsync(10, 100, Token)));
    }

    [Fact]
    public async Task A_read_longer_than_one_page_is_gapless()
    {
        await Script.Append([.. Enumerable.Range(0, 2_500).Select(i => $"s/{i % 7}")]);
        Assert.Equal(2_500, (await LogChain.Verify(Store)).Count);
        Assert.Equal(Enumerable.Range(1, 2_100).Select(i => 2_501L - i),
            await Sequences(Store.SearchAsync(new LogQuery(0, 2_100, Descending: true), Token)));
    }

    [Fact]
    public async Task A_search_finds_a_stream_with_its_sub_streams_and_nothing_else()
    {
        await Script.Append("m/ns/echo", "m/ns/echo/i/1", "m/ns/echo-2", "m/ns/echo0", "m/ns", "m/ns/echo/status", "m/ns/echo");
        Assert.Equal([1, 2, 6, 7], await Sequences(Store.SearchAsync(new LogQuery(0, 100, "m/ns/echo"), Token)));
        Assert.Equal([7, 6], await Sequences(Store.SearchAsync(new LogQuery(2, 100, "m/ns/echo", Descending: true), Token)));
    }

    [Fact]
    public async Task A_search_ends_before_a_sequence()
    {
        for (var i = 0; i < 5; i++) await Script.Append("a", "b");
        Assert.Equal([6, 5], await Sequences(Store.SearchAsync(new LogQuery(0, 2, Descending: true, BeforeSequence: 7), Token)));
        Assert.Equal([5, 3, 1], await Sequences(Store.SearchAsync(new LogQuery(0, 100, "a", Descending: true, BeforeSequence: 7), Token)));
        Assert.Equal([4, 5, 6], await Sequences(Store.SearchAsync(new LogQuery(3, 100, BeforeSequence: 7), Token)));
        Assert.Empty(await Sequences(Store.SearchAsync(new LogQuery(0, 100, BeforeSequence: 1), Token)));
    }

    [Fact]
    public async Task A_search_finds_a_type()
    {
        await Script.Append("a", "a", "b", "a");
        Assert.Equal([1, 3], await Sequences(Store.SearchAsync(new LogQuery(0, 100, Type: "cdaprod.mesh.test.set.v1"), Token)));
        Assert.Equal([2, 4], await Sequences(Store.SearchAsync(new LogQuery(0, 100, "a", "cdaprod.mesh.test.cleared.v1"), Token)));
        Assert.Empty(await Sequences(Store.SearchAsync(new LogQuery(0, 100, Type: "cdaprod.mesh.test"), Token)));
    }

    [Fact]
    public async Task The_newest_saved_state_of_a_fingerprint_is_kept()
    {
        Assert.Null(await Store.LoadSnapshotAsync("one", Token));
        await Script.Append("a");
        await Store.SaveSnapshotAsync(new StoredSnapshot("one", Script.Head, new byte[] { 1 }), Token);
        await Script.Append("a");
        await Store.SaveSnapshotAsync(new StoredSnapshot("one", Script.Head, new byte[] { 2, 3 }), Token);
        var kept = await Store.LoadSnapshotAsync("one", Token);
        Assert.Equal(Script.Head, kept!.Position);
        Assert.Equal([2, 3], kept.Data.ToArray());
        Assert.Null(await Store.LoadSnapshotAsync("two", Token));
    }

    [Fact]
    public async Task Small_values_are_set_replaced_listed_and_removed()
    {
        Assert.Null(await Store.GetValueAsync("relay", Token));
        await Store.SetValueAsync("relay", "1", Token);
        await Store.SetValueAsync("relay", "2", Token);
        await Store.SetValueAsync("dead-letter/b", "B", Token);
        await Store.SetValueAsync("dead-letter/a%_", "A", Token);
        Assert.Equal("2", await Store.GetValueAsync("relay", Token));
        Assert.Equal([new("dead-letter/a%_", "A"), new("dead-letter/b", "B")], await Store.ListValuesAsync("dead-letter/", Token));
        await Store.SetValueAsync("relay", null, Token);
        Assert.Null(await Store.GetValueAsync("relay", Token));
    }

    [Fact]
    public async Task Dropped_payloads_leave_header_and_hash_so_that_the_chain_still_verifies()
    {
        await Script.Append("m/ns/echo/status", "m/ns/echo", "m/ns/echo/status", "m/ns/other/status");
        Assert.Equal(1, await Store.DropStatusPayloadsAsync("m/ns/echo/status", 3, Token));
        Assert.Equal(0, await Store.DropStatusPayloadsAsync("m/ns/echo/status", 3, Token));
        var entries = await LogChain.Verify(Store);
        Assert.Equal([true, false, false, false], entries.Select(entry => entry.DataDropped));
        await Script.Append("m/ns/echo/status");
    }

    [Fact]
    public async Task Payloads_of_intent_are_never_dropped()
    {
        await Script.Append("m/ns/echo");
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.DropStatusPayloadsAsync("m/ns/echo", 100, Token));
        Assert.False(Assert.Single(await LogChain.Verify(Store)).DataDropped);
    }

    [Fact]
    public async Task A_raised_epoch_is_the_same_log_and_stands_in_new_entries_only()
    {
        await Script.Append("a");
        Assert.Equal(Script.Head.Log with { Epoch = 2 }, await Store.RaiseEpochAsync(Token));
        var head = await Store.ReadHeadAsync(Token);
        Assert.Equal((2, 1, Script.Head.Hash), (head.Log.Epoch, head.Sequence, head.Hash));
        var script = new LogScript(Store, head);
        await script.Append("b");
        Assert.Equal([1, 2], (await LogChain.Verify(Store)).Select(entry => entry.Log.Epoch));
    }

    protected static async Task<List<long>> Sequences(IAsyncEnumerable<LogEntry> entries) =>
        await entries.Select(entry => entry.Sequence).ToListAsync(Token);
}
