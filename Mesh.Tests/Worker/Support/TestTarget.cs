using System.Net;
using System.Net.Sockets;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Probing.Probes;
using Mesh.Kernel.Catalog;

namespace Mesh.Tests.Worker.Support;

/// <summary>A raw TCP server: each connection is handed to the test, to behave as badly as it likes.</summary>
public sealed class TestTarget : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;

    public TestTarget(Func<NetworkStream, CancellationToken, Task> behave)
    {
        _listener.Start();
        _accepting = AcceptAsync(behave);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections accepted.</summary>
    public int Accepted { get; private set; }

    /// <summary>Connections that the other end has closed.</summary>
    public int Closed => _closed;

    private int _closed;

    public ProbeTarget Check(HealthCheckKind kind, string path = "", int timeoutMs = 15_000, string host = "127.0.0.1") => At(Port, kind, path, timeoutMs, host);

    public static ProbeTarget At(int port, HealthCheckKind kind, string path = "", int timeoutMs = 15_000, string host = "127.0.0.1") => new()
    {
        Service = new ServiceKey("default", "target"),
        InstanceId = "t-1",
        Incarnation = 1,
        Host = host,
        Port = port,
        Addresses = [IPAddress.Loopback],
        Check = new HealthCheckSpec { Kind = kind, Path = path, TimeoutMs = timeoutMs },
    };

    /// <summary>Reads a request's head and answers with these bytes.</summary>
    public static Func<NetworkStream, CancellationToken, Task> Answering(string answer, Action<string>? onRequest = null) => async (stream, cancel) =>
    {
        var buffer = new byte[4096];
        var read = await stream.ReadAsync(buffer, cancel);
        onRequest?.Invoke(System.Text.Encoding.ASCII.GetString(buffer, 0, read));
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), cancel);
    };

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync(Func<NetworkStream, CancellationToken, Task> behave)
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                Accepted++;
                open.Add(ServeAsync(client, behave));
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client, Func<NetworkStream, CancellationToken, Task> behave)
    {
        using (client)
        {
            try
            {
                await behave(client.GetStream(), _end.Token);
            }
            catch (Exception gone) when (gone is IOException or OperationCanceledException)
            {
                Interlocked.Increment(ref _closed);
            }
        }
    }
}
