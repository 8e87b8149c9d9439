using Mesh.Kernel.Log;

namespace Mesh.Tests.Support;

/// <summary>Proves of a history that it is one: gapless, in order of time, whole commands, and linked by its hashes.</summary>
public static class LogChain
{
    /// <summary>Reads all of the log and verifies it from its first entry.</summary>
    public static async Task<IReadOnlyList<LogEntry>> Verify(ILogStore store)
    {
        var entries = await store.ReadAsync(0, int.MaxValue, TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);
        Verify(entries);
        Assert.Equal(entries.LastOrDefault()?.Sequence ?? 0, (await store.ReadHeadAsync(TestContext.Current.CancellationToken)).Sequence);
        return entries;
    }

    /// <summary>Verifies <paramref name="entries"/>, which start at sequence 1.</summary>
    public static void Verify(IReadOnlyList<LogEntry> entries)
    {
        var (sequence, hash, time, index) = (0L, EntryHash.Zero, DateTimeOffset.MinValue, 0);
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        var ids = new HashSet<Guid>();
        foreach (var entry in entries)
        {
            Assert.Equal(++sequence, entry.Sequence);
            Assert.Equal(versions.GetValueOrDefault(entry.Stream) + 1, entry.StreamVersion);
            versions[entry.Stream] = entry.StreamVersion;
            Assert.True(ids.Add(entry.EventId), $"{entry.EventId} stands twice in the log");
            Assert.True(entry.Time >= time, $"{sequence} is older than the entry before it");
            time = entry.Time;
            Assert.Equal(index, entry.Index);
            index = entry.EndsCommand ? 0 : index + 1;
            if (!entry.DataDropped) Assert.Equal(EntryHash.OfData(entry.Data.Span), entry.DataHash);
            Assert.Equal(EntryHash.Link(hash, entry), entry.Hash);
            hash = entry.Hash;
        }

        Assert.Equal(0, index);
    }
}
