using Grpc.Core;

namespace Mesh.Kernel.Reconciling.Registries;

/// <summary>Calls whichever Registry answers.</summary>
public interface IRegistryClient
{
    /// <summary>
    /// Starts a unary call at the Registry that answered last, and at the others in turn where one cannot be reached. The call must be
    /// safe to repeat: a Registry that went away may have done it.
    /// </summary>
    /// <exception cref="RpcException">The call was refused, or no Registry could be reached in time.</exception>
    ValueTask<TReply> CallAsync<TReply>(Func<CallInvoker, CallOptions, AsyncUnaryCall<TReply>> start, CancellationToken cancellationToken);
}
