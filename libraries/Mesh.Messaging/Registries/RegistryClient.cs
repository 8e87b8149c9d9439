using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.Reconciling.Registries;
using Mesh.Kernel.Replication;
using Microsoft.Extensions.Options;

namespace Mesh.Messaging.Registries;

/// <summary>Commands to the Registries over gRPC (Flow step 1, from step 8), with failover.</summary>
public sealed class RegistryClient : IRegistryClient, IDisposable
{
    private readonly GrpcChannel[] _channels;
    private readonly CallInvoker[] _invokers;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private int _preferred;

    /// <summary>Connects on first use.</summary>
    public RegistryClient(ReplicaOptions registries, IOptions<ReconcilingOptions> options, TimeProvider time)
    {
        _timeout = options.Value.CommandTimeout;
        _time = time;
        _channels = [.. registries.Registries.Select(Open)];
        _invokers = [.. _channels.Select(channel => channel.CreateCallInvoker())];
    }

    /// <inheritdoc/>
    public async ValueTask<TReply> CallAsync<TReply>(Func<CallInvoker, CallOptions, AsyncUnaryCall<TReply>> start, CancellationToken cancellationToken)
    {
        // Each Registry gets its share of the time, so that one that hangs leaves the others a chance.
        var share = _timeout / _invokers.Length;
        for (var tried = 1; ; tried++)
        {
            var index = Volatile.Read(ref _preferred);
            try
            {
                using var call = start(_invokers[index], new CallOptions(deadline: _time.GetUtcNow().UtcDateTime + share, cancellationToken: cancellationToken));
                return await call.ResponseAsync.ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                Next(index);
                if (tried >= _invokers.Length) throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"No Registry answered within {_timeout}."));
            }
            catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
            {
                Next(index);
                if (tried >= _invokers.Length) throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var channel in _channels) channel.Dispose();
    }

    private void Next(int index) => Interlocked.CompareExchange(ref _preferred, (index + 1) % _invokers.Length, index);

    private static GrpcChannel Open(Uri address) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        DisposeHttpClient = true,
        ThrowOperationCanceledOnCancellation = true,
        HttpHandler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(2),
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
        },
        InitialReconnectBackoff = TimeSpan.FromMilliseconds(100),
        MaxReconnectBackoff = TimeSpan.FromSeconds(2),
    });
}
