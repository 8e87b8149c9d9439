using System.Net;
using System.Net.Sockets;

namespace Mesh.Tests.Support;

/// <summary>A loopback forwarder that can hold what clients send, lose what the server answers, and cut all connections.</summary>
public sealed class FaultyTcp : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Pair> _pairs = [];
    private readonly Lock _lock = new();
    private readonly int _target;
    private readonly Task _accepting;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _loseAnswers;
    private int _held, _lost, _delivered;

    public FaultyTcp(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

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

    /// <summary>Resets every client's connection; held requests still reach the server when released.</summary>
    public void CutClients()
    {
        lock (_lock)
        {
            foreach (var pair in _pairs) pair.Client.Client?.Close(0);
            _pairs.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _released.TrySetResult();
        _listener.Stop();
        await _accepting;
        CutClients();
        _end.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                var server = new TcpClient { NoDelay = true };
                await server.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
                var pair = new Pair(client, server);
                lock (_lock) _pairs.Add(pair);
                _ = Requests(pair);
                _ = Answers(pair);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over, or the server behind is not there: the client sees a connection that never answers.
        }
    }

    private async Task Requests(Pair pair)
    {
        var buffer = new byte[64 * 1024];
        var held = false;
        try
        {
            while (await pair.Client.GetStream().ReadAsync(buffer, _end.Token) is var read and > 0)
            {
                if (pair.Gate is { IsCompleted: false } gate)
                {
                    held = true;
                    Interlocked.Increment(ref _held);
                    await gate;
                }

                await pair.Server.GetStream().WriteAsync(buffer.AsMemory(0, read), _end.Token);
            }
        }
        catch (Exception over) when (IsOver(over))
        {
            // The client is gone.
        }

        if (held)
        {
            // What was held is with the server: half-close, so that it is handled before the server sees the end.
            try
            {
                pair.Server.Client.Shutdown(SocketShutdown.Send);
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

    private async Task Answers(Pair pair)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await pair.Server.GetStream().ReadAsync(buffer, _end.Token) is var read and > 0)
            {
                if (_loseAnswers) Interlocked.Increment(ref _lost);
                else if (pair.Client.Connected) await pair.Client.GetStream().WriteAsync(buffer.AsMemory(0, read), _end.Token);
            }
        }
        catch (Exception over) when (IsOver(over))
        {
            // One side is gone.
        }

        pair.Answered.TrySetResult();
        pair.Client.Dispose();
    }

    private static bool IsOver(Exception exception) => exception is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException;

    private sealed class Pair(TcpClient client, TcpClient server)
    {
        public TcpClient Client { get; } = client;

        public TcpClient Server { get; } = server;

        public Task? Gate { get; set; }

        public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
