using Mesh.Kernel.State;

namespace Mesh.Kernel.Replication;

/// <summary>
/// The mesh's state in a process that is not a Registry (Flow step 5): a fold of the same log, fed by Kafka and by the Registry, level with
/// the head within milliseconds. Before the first state has come, <see cref="IStateSource.Current"/> is empty and
/// <see cref="ReplicaStatus.HasState"/> is false. It never steps back to empty: while the log is unavailable the last state stays.
/// </summary>
public interface IMeshReplica : IStateSource
{
    /// <summary>How the replica is doing now.</summary>
    ReplicaStatus Status { get; }

    /// <summary>Waits for the first state, from the Registry or from the last-known-good copy.</summary>
    /// <exception cref="OperationCanceledException">The token ended first.</exception>
    ValueTask<MeshState> WaitForStateAsync(CancellationToken cancellationToken);
}
