using System.Threading.Channels;

namespace Mesh.Kernel.Replication;

/// <summary>A way by which entries reach the replica. May repeat, reorder and lose; the merge and the gap fill make up for it.</summary>
internal interface IReplicaFeed
{
    /// <summary>How it is doing.</summary>
    FeedStatus Status { get; }

    /// <summary>Runs until cancelled; what it writes to a full inbox waits.</summary>
    Task RunAsync(ChannelWriter<ReplicaMessage> inbox, MeshReplica replica, CancellationToken cancellationToken);

    /// <summary>The replica has begun from another state.</summary>
    void Restart();
}
