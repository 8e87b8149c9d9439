using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Replication;

/// <summary>The replica as the rest of the process sees it; <see cref="ReplicaBuilderExtensions.AddMeshReplica"/> registers it.</summary>
internal sealed class MeshReplica(StateFolder folder) : IMeshReplica
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StatePublisher _publisher = new(folder.Empty(default));
    private volatile ReplicaStatus _status = new();

    public MeshState Current => _publisher.Current;

    public ReplicaStatus Status
    {
        get => _status;
        set => _status = value;
    }

    public ValueTask<MeshState> WaitForAsync(long sequence, CancellationToken cancellationToken) => _publisher.WaitForAsync(sequence, cancellationToken);

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
}
