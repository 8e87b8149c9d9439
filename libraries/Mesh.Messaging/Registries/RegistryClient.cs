using Grpc.Core;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.Reconciling.Registries;
using Microsoft.Extensions.Options;

namespace Mesh.Messaging.Registries;

/// <summary>Commands to the Registries over gRPC (Flow step 1, from step 8), with failover.</summary>
public sealed class RegistryClient(RegistryChannels registries, IOptions<ReconcilingOptions> options, TimeProvider time) : IRegistryClient
{
    private readonly TimeSpan _timeout = options.Value.CommandTimeout;

    /// <inheritdoc/>
    public async ValueTask<TReply> CallAsync<TReply>(Func<CallInvoker, CallOptions, AsyncUnaryCall<TReply>> start,
        CancellationToken cancellationToken)
    {
        // Each Registry gets its share of the time, so that one that hangs leaves the others a chance.
        var share = _timeout / registries.Count;
        try
        {
            return await registries.CallAsync(
                async registry =>
                {
                    using var call = start(registry.Invoker,
                        new CallOptions(deadline: time.GetUtcNow().UtcDateTime + share, cancellationToken: cancellationToken));
                    return await call.ResponseAsync.ConfigureAwait(false);
                },
                failure => !cancellationToken.IsCancellationRequested
                    && (failure.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded || BrokeOff(failure)))
                .ConfigureAwait(false);
        }
        catch (RpcException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.DeadlineExceeded)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"No Registry answered within {_timeout}."));
        }
        catch (RpcException exception) when (exception.StatusCode != StatusCode.Unavailable && BrokeOff(exception))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, exception.Status.Detail, exception.Status.DebugException));
        }
    }

    private static bool BrokeOff(RpcException failure) => RegistryChannels.ReachOf(failure) == RegistryReach.BrokeOff;
}
