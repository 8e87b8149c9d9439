using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Replication;

/// <summary>The replica as the rest of the process sees it (Flow step 5); <see cref="ReplicaService"/> moves it.</summary>
internal sealed class MeshReplica(StateFolder folder, TimeProvider time) : IMeshReplica
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StatePublisher _publisher = new(folder.Empty(default));
    private long _levelAt = long.MinValue;
    private int _discards;
    private volatile string? _alert;
    private volatile bool _lastKnownGood;

    public MeshState Current => _publisher.Current;

    /// <summary>The newest entries of the state.</summary>
    public KnownEntries Known { get; } = new();

    /// <summary>Adds what only the service knows.</summary>
    public Func<ReplicaStatus, ReplicaStatus> Report { get; set; } = status => status;

    public bool LastKnownGood
    {
        get => _lastKnownGood;
        set => _lastKnownGood = value;
    }

    public bool HasState => Current.Position.Log != default;

    public ReplicaStatus Status
    {
        get
        {
            var state = Current;
            var level = Volatile.Read(ref _levelAt);
            return Report(new ReplicaStatus
            {
                Log = state.Position.Log == default ? null : state.Position.Log,
                Sequence = state.Sequence,
                LastKnownGood = _lastKnownGood,
                Age = level == long.MinValue ? null : time.GetElapsedTime(level),
                Discards = Volatile.Read(ref _discards),
                Alert = _alert,
            });
        }
    }

    public ValueTask<MeshState> WaitForAsync(long sequence, CancellationToken cancellationToken) =>
        _publisher.WaitForAsync(sequence, cancellationToken);

    public StateSubscription Subscribe() => _publisher.Subscribe();

    public async ValueTask<MeshState> WaitForStateAsync(CancellationToken cancellationToken)
    {
        await _first.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Current;
    }

    public void Publish(MeshState state, IReadOnlyList<LogEntry> entries, bool reset)
    {
        _publisher.Publish(state, entries, reset);
        _first.TrySetResult();
    }

    /// <summary>The state has been seen level with the head.</summary>
    public void Level(long timestamp) => Volatile.Write(ref _levelAt, timestamp);

    /// <summary>A state was discarded.</summary>
    public void Discarded(string reason)
    {
        _alert = reason;
        Interlocked.Increment(ref _discards);
    }
}
