using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Tests.Proxy.Support;

/// <summary>
/// A TCP service: greets with its name, gives back what it gets, and where the client has ended its side says goodbye and ends its own. So a
/// test sees that an end in one direction leaves the other one open.
/// </summary>
internal sealed class TcpEcho : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private int _accepted;

    public TcpEcho(string name)
    {
        _listener.Start();
        _running = Accept(name);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Accepted => Volatile.Read(ref _accepted);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
    }

    private async Task Accept(string name)
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                sessions.Add(Serve(socket, name));
            }
        }
        catch (OperationCanceledException)
        {
        }

        await Task.WhenAll(sessions);
    }

    private async Task Serve(Socket socket, string name)
    {
        using var _ = socket;
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(name + "\n"), _stop.Token);
            var buffer = new byte[64 * 1024];
            int received;
            while ((received = await socket.ReceiveAsync(buffer, _stop.Token)) > 0)
            {
                for (var sent = 0; sent < received;)
                    sent += await socket.SendAsync(buffer.AsMemory(sent, received - sent), _stop.Token);
            }

            await socket.SendAsync("bye"u8.ToArray(), _stop.Token);
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
        }
    }
}
