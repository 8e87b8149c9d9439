using System.Text;
using Mesh.Kernel;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Kernel.State;

/// <summary>Unknown types, throwing steps, upcasters, saved states.</summary>
public sealed class FoldTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static NewEvent Raw(string stream, string type, string json) => new(stream, type, Encoding.UTF8.GetBytes(json));

    private async Task PutForeignAsync(params NewEvent[] events)
    {
        // A newer build's writer: its fold knows the types.
        await using var store = new Mesh.Storage.Sqlite.SqliteLogStore(_folder.File("log.db"));
        var head = await store.OpenAsync(TestContext.Current.CancellationToken);
        var entries = new List<LogEntry>();
        foreach (var (stream, type, data) in events)
        {
            var entry = new LogEntry
            {
                Log = head.Log, Sequence = head.Sequence + 1, Stream = stream,
                StreamVersion = 1 + entries.Count(one => one.Stream == stream), EventId = Guid.CreateVersion7(), Type = type,
                Time = head.Time, Actor = "user:newer", CommandId = Guid.CreateVersion7(), Index = 0, Count = 1, Data = data,
                DataHash = EntryHash.OfData(data.Span),
            };
            entry = entry with { Hash = EntryHash.Link(head.Hash, entry) };
            Assert.True(await store.TryAppendAsync(head, new LogBatch([entry], []), TestContext.Current.CancellationToken));
            head = LogPosition.After(entry);
            entries.Add(entry);
        }
    }

    [Fact]
    public async Task An_unknown_type_is_passed_over_and_its_stream_takes_no_commands_while_others_do()
    {
        await PutForeignAsync(Raw("counters/a", "test.counters.counter-multiplied.v9", "{}"));
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        var refused = await mesh.SetAsync("a", 1);
        Assert.Equal((RefusalKind.Unavailable, "newer-log"), (refused.Refusal!.Kind, refused.Refusal.Problems[0].Code));
        Assert.True((await mesh.SetAsync("b", 1)).Changed);
        Assert.Equal("{}", Encoding.UTF8.GetString((await mesh.EntriesAsync())[0].Data.Span));
    }

    [Fact]
    public async Task A_throwing_evolve_quarantines_its_stream_and_nothing_else()
    {
        await PutForeignAsync(Raw("counters/a", CounterBroken.EventType, """{"Name":"a"}"""),
            Raw("counters/a", CounterSet.EventType, """{"Name":"a","Value":9}"""),
            Raw("counters/b", CounterSet.EventType, """{"Name":"b","Value":4}"""));
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        Assert.Equal((0, 4), (mesh.Value("a"), mesh.Value("b")));
        var refused = await mesh.SetAsync("a", 1);
        Assert.Equal("stream-quarantined", refused.Refusal!.Problems[0].Code);
        Assert.Contains("a cannot be folded", refused.Refusal.Problems[0].Message, StringComparison.Ordinal);
        Assert.True((await mesh.SetAsync("b", 5)).Changed);
    }

    [Fact]
    public async Task A_decision_whose_own_event_cannot_be_folded_never_reaches_the_log()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => mesh.SendAsync(new AppendRaw(NewEvent.Of("counters/a", new CounterBroken("a")))));
        Assert.Empty(await mesh.EntriesAsync());
        Assert.True((await mesh.SetAsync("a", 1)).Changed);
    }

    [Fact]
    public async Task Upcasters_run_before_evolve()
    {
        await PutForeignAsync(Raw("counters/a", CounterSetV1.EventType, """{"Name":"a","Tens":4}"""));
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        Assert.Equal(40, mesh.Value("a"));
    }

    [Fact]
    public async Task A_saved_state_is_used_at_the_next_start_and_another_fingerprint_rebuilds_from_the_log()
    {
        var often = new KernelOptions { SnapshotEvery = 10 };
        await using (var mesh = await WriterHarness.StartAsync(_folder.File("log.db"), options: often))
        {
            for (var i = 1; i <= 25; i++) await mesh.SetAsync("a", i);
            await Eventually.True(
                async () => await mesh.Store.LoadSnapshotAsync(mesh.Folder.Fingerprint, TestContext.Current.CancellationToken) is not null,
                WriterHarness.Deadline, "a state is saved");
            Assert.NotEqual(mesh.Folder.Fingerprint, new StateFolder([new CounterFold(schemaVersion: 2)]).Fingerprint);
        }

        foreach (var schema in (int[])[1, 2])
        {
            await using var again = await WriterHarness.StartAsync(_folder.File("log.db"), fold: new CounterFold(schema), options: often);
            Assert.Equal((25, 25L), (again.Value("a"), again.Log.Current.Sequence));
            Assert.Equal(25, again.Log.Current.Stream("counters/a").Version);
        }
    }

    [Fact]
    public async Task A_fold_that_skipped_an_entry_saves_no_state()
    {
        await PutForeignAsync(Raw("counters/a", "test.unknown.v1", "{}"));
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"), options: new KernelOptions { SnapshotEvery = 1 });
        await mesh.SetAsync("b", 1);
        Assert.Throws<InvalidOperationException>(() => StateSnapshot.Save(mesh.Folder, mesh.Log.Current));
        Assert.Null(await mesh.Store.LoadSnapshotAsync(mesh.Folder.Fingerprint, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_damaged_saved_state_is_passed_over()
    {
        await using (var mesh = await WriterHarness.StartAsync(_folder.File("log.db")))
        {
            await mesh.SetAsync("a", 3);
            await mesh.Store.SaveSnapshotAsync(
                new StoredSnapshot(mesh.Folder.Fingerprint, mesh.Log.Current.Position, new byte[] { 1, 2, 3 }),
                TestContext.Current.CancellationToken);
        }

        await using var again = await WriterHarness.StartAsync(_folder.File("log.db"));
        Assert.Equal(3, again.Value("a"));
    }

    [Fact]
    public async Task A_saved_state_with_any_byte_changed_or_cut_off_is_refused()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        for (var i = 1; i <= 9; i++) await mesh.SetAsync($"c{i % 4}", i);
        var whole = StateSnapshot.Save(mesh.Folder, mesh.Log.Current).Data.ToArray();
        var random = TestSeed.Draws(20_26);
        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= (byte)(1 + random.Next(255));
            Assert.Throws<InvalidDataException>(() => StateSnapshot.Load(mesh.Folder, damaged));
            Assert.Throws<InvalidDataException>(() => StateSnapshot.Load(mesh.Folder, whole.AsMemory(0, at)));
        }
    }

    [Fact]
    public async Task A_saved_state_that_is_not_of_this_history_is_passed_over()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        for (var i = 1; i <= 3; i++) await mesh.SetAsync("a", i);
        var token = TestContext.Current.CancellationToken;
        var (head, saved) = (mesh.Log.Current.Position, StateSnapshot.Save(mesh.Folder, mesh.Log.Current));
        ValueTask<MeshState?> Load(LogPosition at, Action<InvalidDataException>? onDamage = null) =>
            SavedState.LoadAsync(mesh.Store, mesh.Folder, at, null, onDamage, token);

        await mesh.Store.SaveSnapshotAsync(saved, token);
        Assert.Equal(3, (await Load(head))!.Sequence);
        Assert.Null(await Load(head with { Sequence = 2 }));
        Assert.Null(await Load(head with { Log = head.Log with { LogId = Guid.CreateVersion7() } }));
        await mesh.Store.SaveSnapshotAsync(saved with { Position = head with { Hash = EntryHash.OfData("another"u8) } }, token);
        Assert.Null(await Load(head));
        await mesh.Store.SaveSnapshotAsync(saved with { Data = saved.Data[..^1] }, token);
        InvalidDataException? damage = null;
        Assert.Null(await Load(head, found => damage = found));
        Assert.NotNull(damage);
    }

    [Fact]
    public async Task After_a_change_to_a_shorter_log_its_states_are_saved_as_often_as_before()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"), shared: true,
            options: new KernelOptions { SnapshotEvery = 10 });
        for (var i = 1; i <= 25; i++) await mesh.SetAsync("a", i);
        await mesh.Store.ExchangeAsync(new Mesh.Storage.Sqlite.SqliteLogStore(_folder.File("other.db")));
        for (var i = 1; i <= 12; i++) await mesh.SetAsync("b", i);
        await Eventually.True(
            async () => await mesh.Store.LoadSnapshotAsync(mesh.Folder.Fingerprint, TestContext.Current.CancellationToken) is not null,
            WriterHarness.Deadline, "a state is saved");
    }

    [Fact]
    public async Task A_saved_state_round_trips_whole()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        for (var i = 1; i <= 9; i++) await mesh.SetAsync($"c{i % 4}", i);
        var loaded = StateSnapshot.Load(mesh.Folder, StateSnapshot.Save(mesh.Folder, mesh.Log.Current).Data);
        Assert.Equal(mesh.Log.Current.Position, loaded.Position);
        Assert.Equal(mesh.Log.Current.Streams.OrderBy(pair => pair.Key), loaded.Streams.OrderBy(pair => pair.Key));
        Assert.Equal(mesh.Log.Current.Facts<CounterState>().Values.OrderBy(pair => pair.Key),
            loaded.Facts<CounterState>().Values.OrderBy(pair => pair.Key));
    }

    [Fact]
    public async Task A_subscriber_that_is_busy_gets_the_newest_state_with_every_touched_stream()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        using var subscription = mesh.Log.Subscribe();
        Assert.True((await subscription.NextAsync(TestContext.Current.CancellationToken)).Reset);
        for (var i = 1; i <= 9; i++) await mesh.SetAsync($"c{i % 3}", i);
        var change = await subscription.NextAsync(TestContext.Current.CancellationToken);
        Assert.Equal((false, 9L), (change.Reset, change.State.Sequence));
        Assert.Equal(["counters/c0", "counters/c1", "counters/c2"], change.Streams.Order());
        Assert.Equal(9, change.Causes.Count);
    }

    [Fact]
    public async Task The_feed_hands_out_whole_commands_from_memory_and_from_the_log()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        for (var i = 1; i <= 10; i++) await mesh.SendAsync(new SetCounters(("a", i), ("b", i), ("c", i)));
        var token = TestContext.Current.CancellationToken;
        var small = new Mesh.Kernel.Feeds.CommittedFeed(mesh.Store, PublisherOf(mesh), capacity: 4);
        foreach (var feed in (Mesh.Kernel.Feeds.ICommittedFeed[])[mesh.Log.Feed, small])
        {
            Assert.Equal([4, 5, 6], (await feed.ReadAsync(3, 2, token)).Select(entry => entry.Sequence));
            Assert.Equal(30, (await feed.ReadAsync(0, 1_000, token)).Count);
            Assert.Empty(await feed.ReadAsync(30, 10, token));
        }
    }

    private static StatePublisher PublisherOf(WriterHarness mesh) => new(mesh.Log.Current);
}
