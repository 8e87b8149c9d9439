using System.Net;
using System.Net.Sockets;

namespace Mesh.Tests.Support;

/// <summary>A loopback forwarder that can hold what clients send, lose what the server answers, and cut or silence connections.</summary>
public sealed class FaultyTcp : IAsyncDisposable
{
    private readonly TcpServer _front;
    private readonly List<Pair> _pairs = [];
    private readonly Lock _lock = new();
    private readonly int _target;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _loseAnswers;
    private int _held, _lost, _delivered;

    public FaultyTcp(int target)
    {
        _target = target;
        _front = new TcpServer(Carry);
    }

    public int Port => _front.Port;

    /// <summary>How many connections clients have made.</summary>
    public int Accepted => _front.Accepted;

    /// <summary>How many pieces of requests are held.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>How many pieces of answers were lost.</summary>
    public int Lost => Volatile.Read(ref _lost);

    /// <summary>How many of the connections that were held have ended after what was held on them was delivered.</summary>
    public int Delivered => Volatile.Read(ref _delivered);

    /// <summary>Requests of the connections that exist now wait here until <see cref="Release"/>, even when the client goes away.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            foreach (var pair in _pairs) pair.Gate = _released.Task;
        }
    }

    public void Release() => _released.TrySetResult();

    /// <summary>From now on the server's answers are read and thrown away.</summary>
    public void LoseAnswers(bool lose = true) => _loseAnswers = lose;

    /// <summary>
    /// On the connections that exist now nothing passes any more in either direction, and nobody is told: as behind a NAT that has
    /// forgotten them. New ones pass.
    /// </summary>
    public void Silence()
    {
        lock (_lock)
        {
            foreach (var pair in _pairs) pair.Silent = true;
        }
    }

    /// <summary>Resets every client's connection; held requests still reach the server when released.</summary>
    public void CutClients()
    {
        lock (_lock)
        {
            foreach (var pair in _pairs) pair.Client.Close(0);
            _pairs.Clear();
        }
    }

    public ValueTask DisposeAsync() => _front.DisposeAsync();

    /// <summary>Where nobody is behind, the client's connection ends; the next one is tried again.</summary>
    private async Task Carry(Socket client, CancellationToken end)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await server.ConnectAsync(IPAddress.Loopback, _target, end);
        var pair = new Pair(client, server);
        lock (_lock) _pairs.Add(pair);
        await Task.WhenAll(Requests(pair, end), Answers(pair, end));
    }

    private async Task Requests(Pair pair, CancellationToken end)
    {
        var buffer = new byte[64 * 1024];
        var held = false;
        try
        {
            while (await pair.Client.ReceiveAsync(buffer, end) is var read and > 0)
            {
                if (pair.Gate is { IsCompleted: false } gate)
                {
                    held = true;
                    Interlocked.Increment(ref _held);
                    await gate.WaitAsync(end);
                }

                if (!pair.Silent) await SendAll(pair.Server, buffer.AsMemory(0, read), end);
            }
        }
        catch (Exception over) when (IsOver(over))
        {
            // The client is gone.
        }

        if (pair.Silent) await Ends(end);
        if (held)
        {
            // What was held is with the server: half-close, so that it is handled before the server sees the end.
            try
            {
                pair.Server.Shutdown(SocketShutdown.Send);
            }
            catch (Exception over) when (over is SocketException or ObjectDisposedException)
            {
                // The server has ended it already.
            }

            await pair.Answered.Task;
            Interlocked.Increment(ref _delivered);
        }

        pair.Server.Dispose();
    }

    private async Task Answers(Pair pair, CancellationToken end)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await pair.Server.ReceiveAsync(buffer, end) is var read and > 0)
            {
                if (_loseAnswers || pair.Silent) Interlocked.Increment(ref _lost);
                else if (pair.Client.Connected) await SendAll(pair.Client, buffer.AsMemory(0, read), end);
            }
        }
        catch (Exception over) when (IsOver(over))
        {
            // One side is gone.
        }

        if (pair.Silent) await Ends(end);
        pair.Answered.TrySetResult();
        pair.Client.Dispose();
    }

    private static async Task Ends(CancellationToken end) =>
        await Task.Delay(Timeout.Infinite, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static async Task SendAll(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken end)
    {
        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, end)..];
    }

    private static bool IsOver(Exception exception) =>
        exception is OperationCanceledException or SocketException or ObjectDisposedException;

    private sealed class Pair(Socket client, Socket server)
    {
        public Socket Client { get; } = client;

        public Socket Server { get; } = server;

        public Task? Gate { get; set; }

        public bool Silent { get; set; }

        public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
