using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Mesh.ServiceDefaults.Listening;

/// <summary>The listener Kestrel sees for one protocol: what <see cref="DualProtocolListener"/> sorted into its queue.</summary>
internal sealed class DualProtocolSide(DualProtocolListener listener, ChannelReader<ConnectionContext> sorted) : IConnectionListener
{
    public EndPoint EndPoint => listener.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await sorted.WaitToReadAsync(cancellationToken))
        {
            if (sorted.TryRead(out var connection))
                return connection;
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => listener.UnbindAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await listener.CloseAsync();
        while (sorted.TryRead(out var unserved))
            await unserved.DisposeAsync();
    }
}
