using System.Text.Json;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Tests.Kernel.Support;

namespace Mesh.Tests.Kernel.Replication;

/// <summary>A log in memory, written without a writer, so that a test can also write what no writer would.</summary>
internal sealed class LogMaker
{
    private readonly Dictionary<string, long> _versions = [];
    private readonly List<LogEntry> _entries = [];

    public LogMaker() : this(new LogIdentity(Guid.NewGuid(), 1))
    {
    }

    public LogMaker(LogIdentity log) => Log = log;

    public LogIdentity Log { get; private set; }

    public IReadOnlyList<LogEntry> Entries => _entries;

    public LogPosition Head => _entries.Count == 0 ? LogPosition.Start(Log) : LogPosition.After(_entries[^1]) with { Log = Log };

    /// <summary>Appends one command that sets these counters.</summary>
    public IReadOnlyList<LogEntry> Append(params (string Name, int Value)[] values)
    {
        var command = Guid.CreateVersion7();
        for (var i = 0; i < values.Length; i++)
        {
            var (name, value) = values[i];
            var stream = $"counters/{name}";
            var data = JsonSerializer.SerializeToUtf8Bytes(new CounterSet(name, value), CounterSet.JsonType);
            var entry = new LogEntry
            {
                Log = Log,
                Sequence = _entries.Count + 1,
                Stream = stream,
                StreamVersion = _versions[stream] = _versions.GetValueOrDefault(stream) + 1,
                EventId = Guid.CreateVersion7(),
                Type = CounterSet.EventType,
                Time = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMilliseconds(_entries.Count),
                Actor = "user:test",
                CommandId = command,
                Index = i,
                Count = values.Length,
                Data = data,
                DataHash = EntryHash.OfData(data),
            };
            _entries.Add(entry with { Hash = EntryHash.Link(_entries.Count == 0 ? EntryHash.Zero : _entries[^1].Hash, entry) });
        }

        return _entries[^values.Length..];
    }

    /// <summary>One command after a head, each counter on a fresh stream.</summary>
    public static IReadOnlyList<LogEntry> Continue(LogPosition head, params (string Name, int Value)[] values)
    {
        var made = new LogMaker(head.Log).Append(values);
        var hash = head.Hash;
        return [.. made.Select((entry, i) => entry with { Sequence = head.Sequence + 1 + i, Time = head.Time }).Select(entry =>
        {
            hash = EntryHash.Link(hash, entry);
            return entry with { Hash = hash };
        })];
    }

    /// <summary>The log as it was at <paramref name="sequence"/>, in its next epoch: restored from a copy.</summary>
    public LogMaker RestoredAt(long sequence) => CopyAt(sequence, Log with { Epoch = Log.Epoch + 1 });

    /// <summary>The log as it was at <paramref name="sequence"/>, and nothing says so.</summary>
    public LogMaker TruncatedAt(long sequence) => CopyAt(sequence, Log);

    /// <summary>The end of a command at or before <paramref name="sequence"/>.</summary>
    public long EndBefore(long sequence) => _entries.LastOrDefault(entry => entry.Sequence <= sequence && entry.EndsCommand)?.Sequence ?? 0;

    public MeshState Fold(StateFolder folder)
    {
        var state = folder.Apply(folder.Empty(Log), _entries);
        return state;
    }

    private LogMaker CopyAt(long sequence, LogIdentity log)
    {
        var copy = new LogMaker(Log);
        foreach (var entry in _entries.Where(entry => entry.Sequence <= sequence))
        {
            copy._entries.Add(entry);
            copy._versions[entry.Stream] = entry.StreamVersion;
        }

        copy.Log = log;
        return copy;
    }
}
