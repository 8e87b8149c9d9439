using Grpc.Core;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Replication;

namespace Mesh.Api.Rpc;

/// <summary>What is answered from the replica, so that it goes on while the Registry is unavailable.</summary>
public static class ReplicaReads
{
    private const string Waits = "This control plane has no state yet: it waits for the Registry.";

    /// <summary>What REST answers before there is a state.</summary>
    public static Refusal NoState { get; } = Refusal.Of(RefusalKind.Unavailable, "", "no-state", Waits);

    /// <summary>The reading, where there is a state to read.</summary>
    /// <exception cref="RpcException">Unavailable: the replica has none yet.</exception>
    public static TReading For<TReading>(this IMeshReplica replica, TReading reading) => replica.Status.HasState
        ? reading
        : throw new RpcException(new Status(StatusCode.Unavailable, Waits));
}
