using System.Buffers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Mesh.Proxy.Tcp;

/// <summary>
/// Carries bytes between a client and an endpoint until both have ended. Each side may end by itself while the other goes on: an end is
/// handed on as an end and nothing more. Flow step 9.
/// </summary>
/// <remarks>
/// What goes to the client is written to its socket (or the TLS over it) and not to the server's pipe, for which the end of writing is the
/// end of the connection.
/// </remarks>
internal sealed class TcpRelay : IDisposable
{
    private const int BufferSize = 64 * 1024;
    private readonly ConnectionContext _client;
    private readonly RelayEnd _clientEnd;
    private readonly RelayEnd _upstream;
    private readonly TimeSpan _idle;
    private readonly CancellationTokenSource _ending;
    private string? _end;

    public TcpRelay(ConnectionContext client, RelayEnd upstream, TimeSpan idle, TimeProvider time)
    {
        (_client, _upstream, _idle) = (client, upstream, idle);
        _clientEnd = new RelayEnd(SocketOf(client), client.Features.Get<ISslStreamFeature>()?.SslStream);
        _ending = new CancellationTokenSource(idle, time);
    }

    /// <summary>Bytes from the client.</summary>
    public long Up { get; private set; }

    /// <summary>Bytes to the client.</summary>
    public long Down { get; private set; }

    /// <summary>How it ended: <c>finished</c>, <c>idle</c>, or who broke it off.</summary>
    public string End => _end ?? "finished";

    /// <summary>The client's socket.</summary>
    public static Socket SocketOf(ConnectionContext client) => client.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;

    /// <summary>Carries until the end.</summary>
    public async Task RunAsync()
    {
        await Task.WhenAll(GuardedAsync(UpwardsAsync(), "client"), GuardedAsync(DownwardsAsync(), "service"));
        // A client that was not told the end in good order shall not take what it has for the whole.
        if (_end is not null)
            _client.Abort(new ConnectionAbortedException($"The tunnel has ended: {_end}."));
    }

    public void Dispose() => _ending.Dispose();

    private async Task UpwardsAsync()
    {
        var input = _client.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(_ending.Token);
            foreach (var segment in read.Buffer)
            {
                await _upstream.SendAsync(segment, _ending.Token);
                Up += segment.Length;
            }

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
            Moved();
        }

        await _upstream.EndAsync();
    }

    private async Task DownwardsAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int received;
            while ((received = await _upstream.ReceiveAsync(buffer, _ending.Token)) > 0)
            {
                await _clientEnd.SendAsync(buffer.AsMemory(0, received), _ending.Token);
                Down += received;
                Moved();
            }

            await _clientEnd.EndAsync();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Moved()
    {
        if (!_ending.IsCancellationRequested)
            _ending.CancelAfter(_idle);
    }

    private async Task GuardedAsync(Task direction, string from)
    {
        try
        {
            await direction;
        }
        catch (OperationCanceledException)
        {
            // The other direction was broken off, or nothing has moved for too long.
            Interlocked.CompareExchange(ref _end, "idle", null);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            Interlocked.CompareExchange(ref _end, $"broken off ({from}: {e.GetBaseException().Message.TrimEnd('.')})", null);
            await _ending.CancelAsync();
        }
    }
}
