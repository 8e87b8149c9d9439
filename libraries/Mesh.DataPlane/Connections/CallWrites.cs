using Grpc.Core;

namespace Mesh.DataPlane.Connections;

/// <summary>Writes to a gRPC call that may end under it.</summary>
internal static class CallWrites
{
    /// <summary>Writes a message. Where the call or its connection has ended, the exception is gRPC's own and says why.</summary>
    /// <exception cref="RpcException">The call has ended.</exception>
    /// <exception cref="OperationCanceledException">The token ended the write.</exception>
    public static async Task WriteAsync<TRequest, TResponse>(this AsyncDuplexStreamingCall<TRequest, TResponse> call, TRequest message,
        CancellationToken cancellationToken = default)
    {
        try
        {
            await call.RequestStream.WriteAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or HttpRequestException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new RpcException(StatusOf(call) is { StatusCode: not StatusCode.OK } status
                ? status
                : new Status(StatusCode.Unavailable, e.GetBaseException().Message, e));
        }
    }

    private static Status? StatusOf<TRequest, TResponse>(AsyncDuplexStreamingCall<TRequest, TResponse> call)
    {
        try
        {
            return call.GetStatus();
        }
        catch (InvalidOperationException)
        {
            // It has none yet.
            return null;
        }
    }
}
