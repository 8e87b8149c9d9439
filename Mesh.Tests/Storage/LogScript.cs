using System.Text;
using Mesh.Kernel.Log;

namespace Mesh.Tests.Storage;

/// <summary>Writes a log by hand, as the writer would: keeps head and stream versions and makes chained batches.</summary>
internal sealed class LogScript(ILogStore store, LogPosition head)
{
    private readonly Dictionary<string, long> _versions = new(StringComparer.Ordinal);
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public LogPosition Head { get; private set; } = head;

    public static async Task<LogScript> Open(ILogStore store) => new(store, await store.OpenAsync(TestContext.Current.CancellationToken));

    /// <summary>A batch of one command with an entry in each of <paramref name="streams"/>, not written yet.</summary>
    public LogBatch Batch(params string[] streams) => Batch([], streams);

    /// <inheritdoc cref="Batch(string[])"/>
    public LogBatch Batch(IReadOnlyList<CommandRecord> commands, params string[] streams)
    {
        var entries = new LogEntry[streams.Length];
        var (hash, command) = (Head.Hash, Guid.CreateVersion7());
        var versions = new Dictionary<string, long>(_versions, StringComparer.Ordinal);
        for (var i = 0; i < entries.Length; i++)
        {
            var sequence = Head.Sequence + 1 + i;
            var data = Encoding.UTF8.GetBytes($$"""{"n":{{sequence}},"text":"äöü €"}""");
            var entry = new LogEntry
            {
                Log = Head.Log,
                Sequence = sequence,
                Stream = streams[i],
                StreamVersion = versions[streams[i]] = versions.GetValueOrDefault(streams[i]) + 1,
                EventId = Guid.CreateVersion7(),
                Type = i % 2 == 0 ? "cdaprod.mesh.test.set.v1" : "cdaprod.mesh.test.cleared.v1",
                Time = Start.AddTicks(sequence), // ticks of 100 ns: the hash covers all of a time
                Actor = "user:ann",
                CommandId = command,
                Index = i,
                Count = entries.Length,
                CausationId = i % 2 == 0 ? null : entries[0].EventId,
                Depth = i % 2,
                TraceParent = i % 2 == 0 ? null : "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                Data = data,
                DataHash = EntryHash.OfData(data),
            };
            entries[i] = entry with { Hash = hash = EntryHash.Link(hash, entry) };
        }

        return new LogBatch(entries, commands);
    }

    /// <summary>Appends one command with an entry in each of <paramref name="streams"/>.</summary>
    public async Task<LogBatch> Append(params string[] streams)
    {
        var batch = Batch(streams);
        Assert.True(await store.TryAppendAsync(Head, batch, TestContext.Current.CancellationToken));
        Advance(batch);
        return batch;
    }

    /// <summary>Takes an appended batch for the new head.</summary>
    public void Advance(LogBatch batch)
    {
        foreach (var entry in batch.Entries) _versions[entry.Stream] = entry.StreamVersion;
        if (batch.Entries.Count > 0) Head = LogPosition.After(batch.Entries[^1]);
    }

    public static CommandRecord Outcome(string key, long sequence, DateTimeOffset time) =>
        new(new CommandKey("user:ann", key), new byte[] { 1, 2, 3 }, sequence, sequence, "{}"u8.ToArray(), time);
}
