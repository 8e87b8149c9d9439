using System.Net.Security;
using System.Net.Sockets;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Resilience;

namespace Mesh.Proxy.Tcp;

/// <summary>A connection to an endpoint of a service; disposing closes it and makes room for another one.</summary>
/// <param name="Socket">The connection.</param>
/// <param name="Cluster">The cluster it was chosen from; null where the address was given.</param>
/// <param name="Endpoint">The endpoint; null where the address was given.</param>
/// <param name="Limits">What it was let in by, or null.</param>
/// <param name="Address">Where it leads.</param>
/// <param name="Attempts">How many endpoints were tried.</param>
internal sealed record TcpUpstream(
    Socket Socket, ClusterSnapshot? Cluster, EndpointSnapshot? Endpoint, CircuitBreakerConfig? Limits, string Address, int Attempts)
        : IDisposable
{
    /// <summary>What is remembered of it where it goes to a port of this process, or null.</summary>
    public IDisposable? Remembered { get; init; }

    /// <summary>TLS over the socket, or null for plaintext.</summary>
    public SslStream? Tls { get; init; }

    /// <summary>The connection as bytes are carried over it.</summary>
    public RelayEnd End => new(Socket, Tls);

    public void Dispose()
    {
        Remembered?.Dispose();
        Tls?.Dispose();
        Socket.Dispose();
        Endpoint?.State.End();
        if (Limits is not null)
            Cluster!.State.Gate.Leave(Limits);
    }
}

/// <summary>A connection, or why there is none.</summary>
internal readonly record struct TcpAttempt(TcpUpstream? Upstream, Forwarding.GatewayRefusal? Refusal, string Detail);
