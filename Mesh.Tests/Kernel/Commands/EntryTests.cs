using Mesh.Kernel.Log;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Kernel.Commands;

/// <summary>What the writer puts into an entry.</summary>
public sealed class EntryTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Sequences_and_stream_versions_are_gapless_and_a_command_says_its_index_and_count()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        await mesh.SendAsync(new SetCounters(("a", 1), ("b", 1), ("c", 1)));
        await mesh.SendAsync(new SetCounters(("b", 2), ("a", 2)));

        var entries = await mesh.EntriesAsync();
        Assert.Equal([1, 2, 3, 4, 5], entries.Select(entry => entry.Sequence));
        Assert.Equal([("counters/a", 1), ("counters/b", 1), ("counters/c", 1), ("counters/b", 2), ("counters/a", 2)],
            entries.Select(entry => (entry.Stream, (int)entry.StreamVersion)));
        Assert.Equal([(0, 3), (1, 3), (2, 3), (0, 2), (1, 2)], entries.Select(entry => (entry.Index, entry.Count)));
        Assert.Equal(2, entries.Select(entry => entry.CommandId).Distinct().Count());
        Assert.Equal(5, entries.Select(entry => entry.EventId).Distinct().Count());
        Assert.All(entries, entry => Assert.Equal(7, entry.EventId.Version));
        Assert.Single(entries.Select(entry => entry.Log).Distinct());
    }

    [Fact]
    public async Task Every_entry_is_chained_to_the_one_before_by_hash()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        for (var i = 1; i <= 20; i++) await mesh.SetAsync($"c{i % 3}", i);

        var previous = EntryHash.Zero;
        foreach (var entry in await mesh.EntriesAsync())
        {
            Assert.Equal(EntryHash.OfData(entry.Data.Span), entry.DataHash);
            Assert.Equal(EntryHash.Link(previous, entry), entry.Hash);
            previous = entry.Hash;
        }

        Assert.Equal(previous, mesh.Log.Current.Position.Hash);
    }

    [Fact]
    public async Task Time_never_goes_back_although_the_clock_does()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"), clock);
        await mesh.SetAsync("a", 1);
        clock.AdjustTime(new DateTimeOffset(2030, 1, 1, 11, 0, 0, TimeSpan.Zero));
        await mesh.SetAsync("a", 2);
        clock.AdjustTime(new DateTimeOffset(2030, 1, 1, 13, 0, 0, TimeSpan.Zero));
        await mesh.SetAsync("a", 3);

        Assert.Equal([12, 12, 13], (await mesh.EntriesAsync()).Select(entry => entry.Time.Hour));
    }

    [Fact]
    public async Task Actor_cause_depth_and_trace_of_the_command_stand_in_its_entries()
    {
        await using var mesh = await WriterHarness.StartAsync(_folder.File("log.db"));
        var cause = Guid.CreateVersion7();
        const string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        await mesh.Writer.SendAsync(
            new() { Command = new SetCounters(("a", 1)), Actor = "reconciler:test", CausationId = cause, Depth = 3, TraceParent = trace },
            TestContext.Current.CancellationToken);

        var entry = Assert.Single(await mesh.EntriesAsync());
        Assert.Equal(("reconciler:test", cause, 3), (entry.Actor, entry.CausationId, entry.Depth));
        Assert.StartsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-", entry.TraceParent);
    }
}
