using Grpc.Core;
using Mesh.Kernel.Replication;

namespace Mesh.Api.Rpc;

/// <summary>What is answered from the replica, so that it goes on while the Registry is away.</summary>
public static class ReplicaReads
{
    /// <summary>The reading, where there is a state to read.</summary>
    /// <exception cref="RpcException">Unavailable: the replica has none yet.</exception>
    public static TReading For<TReading>(this IMeshReplica replica, TReading reading) => replica.Status.HasState
        ? reading
        : throw new RpcException(new Status(StatusCode.Unavailable, "This control plane has no state yet: it waits for the Registry."));
}
