using System.Net;
using System.Net.Sockets;

namespace Mesh.Tests.Support;

/// <summary>
/// A loopback TCP server that hands each connection to the test. A <see cref="TcpListener"/> that is stopped makes the next accept throw
/// whatever it finds first; here the loop ends before its socket does, so only the token ends it. The port is not one the kernel gives
/// away: when the server has gone, nobody else answers there.
/// </summary>
public sealed class TcpServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenSource _refusing;
    private readonly Func<Socket, CancellationToken, Task> _serve;
    private readonly Task _accepting;
    private int _accepted, _gone;

    /// <param name="serve">Owns the connection while it runs; it is closed afterwards.</param>
    public TcpServer(Func<Socket, CancellationToken, Task> serve)
    {
        _serve = serve;
        _refusing = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        _listener = Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAll();
    }

    public int Port { get; }

    /// <summary>Connections accepted.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Connections that ended while they were served, by the other side or since the server ends.</summary>
    public int Gone => Volatile.Read(ref _gone);

    /// <summary>Takes no further connections: they are refused from now on. Those that there are go on.</summary>
    public void Refuse()
    {
        _refusing.Cancel();
        _listener.Dispose();
    }

    /// <summary>Ends what is served; fails with what a connection's code threw, other than that the connection has gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        try
        {
            await _accepting;
        }
        finally
        {
            _listener.Dispose();
            _refusing.Dispose();
            _end.Dispose();
        }
    }

    private static Socket Listen()
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, FreePort.Next()));
                socket.Listen();
                return socket;
            }
            catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse)
            {
                // Another process was quicker.
                socket.Dispose();
            }
        }
    }

    private async Task AcceptAll()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptAsync(_refusing.Token);
                Interlocked.Increment(ref _accepted);
                served.Add(Serve(connection));
            }
        }
        catch (Exception over)
            when (_refusing.IsCancellationRequested && over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task Serve(Socket connection)
    {
        using (connection)
        {
            try
            {
                await _serve(connection, _end.Token);
            }
            catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
            {
                Interlocked.Increment(ref _gone);
            }
        }
    }
}
