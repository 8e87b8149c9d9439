using System.Net;
using System.Net.Sockets;

namespace Mesh.LocalKafka;

/// <summary>
/// Carries bytes between a stable port and the broker's. It is what clients know as bootstrap server: after a restart of the
/// broker on another port they find the new one here.
/// </summary>
internal sealed class TcpForwarder : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly IPEndPoint _target;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _accepting;

    private TcpForwarder(TcpListener listener, IPEndPoint target)
    {
        _listener = listener;
        _target = target;
        _accepting = AcceptAllAsync();
    }

    /// <summary>Completes when no further connection is taken: faulted if that cannot be any more.</summary>
    public Task Ended => _accepting;

    public static TcpForwarder Start(int port, IPEndPoint target)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        return new TcpForwarder(listener, target);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await Task.WhenAny(_accepting); // whatever it ended with, Ended tells
        _listener.Stop(); // only now: an accept that begins on a stopped listener throws what looks like a fault
        _closing.Dispose();
    }

    private async Task AcceptAllAsync()
    {
        try
        {
            while (true)
                _ = CarryAsync(await _listener.AcceptTcpClientAsync(_closing.Token));
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using (client)
        using (var broker = new TcpClient { NoDelay = true })
        using (var ended = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token))
        {
            try
            {
                client.NoDelay = true;
                await broker.ConnectAsync(_target, ended.Token);
                await using var near = client.GetStream();
                await using var far = broker.GetStream();
                var up = near.CopyToAsync(far, ended.Token);
                var down = far.CopyToAsync(near, ended.Token);
                await await Task.WhenAny(up, down);
            }
            catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException)
            {
                // Either end left; Kafka clients come again by themselves, and closing both sides tells them to.
            }
        }
    }
}
