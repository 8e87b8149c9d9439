using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Mesh.ServiceDefaults.Listening;

/// <summary>
/// A bound socket whose connections are sorted by their first bytes. Each is looked at in a task of its own: a client that sends
/// nothing, or one byte a minute, delays nobody.
/// </summary>
internal sealed class DualProtocolListener
{
    private const int Backlog = 512;
    private readonly IConnectionListener _socket;
    private readonly TimeProvider _time;
    private readonly ILogger<DualProtocolListener> _logger;
    private readonly Channel<ConnectionContext> _http1 = Channel.CreateBounded<ConnectionContext>(Backlog);
    private readonly Channel<ConnectionContext> _http2 = Channel.CreateBounded<ConnectionContext>(Backlog);
    private readonly CancellationTokenSource _closing = new();
    private Task _accepting = Task.CompletedTask;

    public DualProtocolListener(IConnectionListener socket, TimeProvider time, ILogger<DualProtocolListener> logger)
    {
        _socket = socket;
        _time = time;
        _logger = logger;
    }

    public EndPoint EndPoint => _socket.EndPoint;

    public DualProtocolListener Start()
    {
        _accepting = AcceptAllAsync();
        return this;
    }

    public IConnectionListener Side(HttpVersionOnWire version) => new DualProtocolSide(this, QueueOf(version).Reader);

    /// <summary>Stops listening and lets both sides see the end. Both of them call it; the second call changes nothing.</summary>
    public async ValueTask UnbindAsync(CancellationToken cancellationToken)
    {
        await _socket.UnbindAsync(cancellationToken);
        await _closing.CancelAsync();
        await _accepting;
        _http1.Writer.TryComplete();
        _http2.Writer.TryComplete();
    }

    public async ValueTask CloseAsync()
    {
        await UnbindAsync(CancellationToken.None);
        await _socket.DisposeAsync();
    }

    private Channel<ConnectionContext> QueueOf(HttpVersionOnWire version) => version == HttpVersionOnWire.Http2 ? _http2 : _http1;

    private async Task AcceptAllAsync()
    {
        try
        {
            while (await _socket.AcceptAsync(_closing.Token) is { } connection)
                _ = SortAsync(connection);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
        }
    }

    private async Task SortAsync(ConnectionContext connection)
    {
        try
        {
            if (await PrefaceReader.ReadAsync(connection.Transport.Input, _time, _closing.Token) is { } version)
            {
                await QueueOf(version).Writer.WriteAsync(connection, _closing.Token);
                return;
            }
        }
        catch (Exception gone)
            when (gone is IOException or OperationCanceledException or ChannelClosedException or ConnectionAbortedException)
        {
            _logger.LeftEarly(connection.ConnectionId, gone.Message);
        }
        catch (Exception unexpected)
        {
            _logger.SortingFailed(connection.ConnectionId, unexpected);
        }

        await connection.DisposeAsync();
    }
}
