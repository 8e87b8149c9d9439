using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;

namespace Mesh.Tests.Kernel.Reconciling.Support;

/// <summary>A replica that a test feeds by hand: the real fold, no feeds.</summary>
public sealed class TestReplica : IMeshReplica
{
    private readonly StateFolder _folder;
    private readonly StatePublisher _publisher;
    private readonly LogIdentity _log = new(Guid.CreateVersion7(), 1);
    private readonly TimeProvider _time;

    public TestReplica(TimeProvider time, params IModuleFold[] folds)
    {
        _time = time;
        _folder = new StateFolder(folds);
        _publisher = new StatePublisher(_folder.Empty(_log));
    }

    public MeshState Current => _publisher.Current;

    public ReplicaStatus Status => new() { Log = _log, Sequence = Current.Sequence, Attached = true };

    public List<LogEntry> Entries { get; } = [];

    /// <summary>How far the clock that entries are written by is ahead of the worker's.</summary>
    public TimeSpan Ahead { get; set; }

    /// <summary>What the clock that entries are written by says.</summary>
    public DateTimeOffset Now => _time.GetUtcNow() + Ahead;

    public ValueTask<MeshState> WaitForAsync(long sequence, CancellationToken cancellationToken) =>
        _publisher.WaitForAsync(sequence, cancellationToken);

    public StateSubscription Subscribe() => _publisher.Subscribe();

    public ValueTask<MeshState> WaitForStateAsync(CancellationToken cancellationToken) => new(Current);

    /// <summary>Appends one command's events and publishes the state after them.</summary>
    public IReadOnlyList<LogEntry> Commit(int depth, params IReadOnlyList<NewEvent> events)
    {
        lock (_publisher)
        {
            var state = Current;
            var entries = new List<LogEntry>();
            var versions = new Dictionary<string, long>();
            foreach (var change in events)
            {
                var version = versions.GetValueOrDefault(change.Stream, state.Stream(change.Stream).Version) + 1;
                versions[change.Stream] = version;
                entries.Add(new LogEntry
                {
                    Log = _log,
                    Sequence = state.Sequence + entries.Count + 1,
                    Stream = change.Stream,
                    StreamVersion = version,
                    EventId = Guid.CreateVersion7(),
                    Type = change.Type,
                    Time = Now,
                    Actor = "test",
                    CommandId = Guid.Empty,
                    Index = entries.Count,
                    Count = events.Count,
                    Depth = depth,
                    Data = change.Data,
                    DataHash = EntryHash.OfData(change.Data.Span),
                });
            }

            Entries.AddRange(entries);
            _publisher.Publish(_folder.Apply(state, entries), entries);
            return entries;
        }
    }
}
