using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Mesh.ServiceDefaults.Listening;

/// <summary>
/// Binds each <see cref="DualProtocolPort"/> once, whichever of its two endpoints Kestrel asks for first. Kestrel alone serves only
/// one of both protocols on a cleartext port, because without ALPN nothing but the first bytes tells them apart.
/// </summary>
internal sealed class DualProtocolTransportFactory(SocketTransportFactory sockets, TimeProvider time, ILogger<DualProtocolListener> logger)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly ConcurrentDictionary<DualProtocolPort, Task<DualProtocolListener>> _bound = new();

    public bool CanBind(EndPoint endpoint) => endpoint is DualProtocolEndPoint;

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var half = (DualProtocolEndPoint)endpoint;
        var listener = await _bound.GetOrAdd(half.Port, port => BindAsync(port, cancellationToken));
        return listener.Side(half.Version);
    }

    private async Task<DualProtocolListener> BindAsync(DualProtocolPort port, CancellationToken cancellationToken) =>
        new DualProtocolListener(await sockets.BindAsync(port.Address, cancellationToken), time, logger).Start();
}
