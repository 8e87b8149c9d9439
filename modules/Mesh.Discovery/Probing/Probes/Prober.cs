using System.Net.Sockets;
using Grpc.Core;
using Mesh.Contracts.Discovery;
using Mesh.DataPlane.Transport;

namespace Mesh.Discovery.Probing.Probes;

/// <summary>
/// Runs one probe (Flow step 8). The check's timeout covers all of it, connecting, headers and body, and whatever a target does is a
/// verdict on it, never a fault of the worker.
/// </summary>
/// <remarks>
/// An instance that takes mutual TLS alone is no worse for a worker that has no certificate: that a connection is accepted is all that can
/// be said of it then, and it stays in rotation with a warning.
/// </remarks>
public sealed class Prober(TimeProvider time, IClientIdentity? identity = null) : IProber, IDisposable
{
    private readonly HttpProbe _http = new(identity);
    private readonly TcpProbe _tcp = new();
    private readonly GrpcProbe _grpc = new(identity);

    /// <inheritdoc/>
    public async Task<ProbeResult> ProbeAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        if (target.Addresses.IsEmpty) return ProbeResult.Fail($"host name {target.Host} is not resolved");
        var timeout = TimeSpan.FromMilliseconds(target.Check.TimeoutMs);
        using var timer = new CancellationTokenSource(timeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            var canGreet = identity?.Current is not null;
            if (target is { Peer.IsStrict: true, Check.Kind: not HealthCheckKind.Tcp } && !canGreet)
            {
                await _tcp.ProbeAsync(target, limit.Token).ConfigureAwait(false);
                return ProbeResult.Warn("mutual TLS only, and the worker has no certificate of the mesh to ask with");
            }

            return await For(target.Check.Kind).ProbeAsync(canGreet ? target : target with { Peer = null }, limit.Token)
                .ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A hostile target can make any layer throw; the exception is the verdict.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return timer.IsCancellationRequested
                ? ProbeResult.Fail($"no answer within {target.Check.TimeoutMs} ms")
                : ProbeResult.Fail(Describe(exception));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private IProbe For(HealthCheckKind kind) => kind switch
    {
        HealthCheckKind.Http => _http,
        HealthCheckKind.Tcp => _tcp,
        HealthCheckKind.Grpc => _grpc,
        _ => throw new InvalidOperationException($"There is no probe for a check of kind {kind}."),
    };

    private static string Describe(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketException socket)
            {
                return socket.SocketErrorCode switch
                {
                    SocketError.ConnectionRefused => "connection refused",
                    SocketError.ConnectionReset => "connection reset",
                    SocketError.HostUnreachable or SocketError.NetworkUnreachable => "unreachable",
                    _ => $"socket error {socket.SocketErrorCode}",
                };
            }
        }

        return exception switch
        {
            RpcException rpc => $"gRPC status {rpc.StatusCode}: {rpc.Status.Detail}",
            // The platform's words quote what the target has sent, which may be anything.
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }
                or HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } => "the answer is not HTTP",
            _ => exception.Message,
        };
    }
}
