using System.Net;
using System.Net.Sockets;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Probing.Probes;
using Mesh.Kernel.Catalog;
using Mesh.Tests.Support;

namespace Mesh.Tests.Worker.Support;

/// <summary>A raw TCP server: each connection is handed to the test, to behave as badly as it likes.</summary>
public sealed class TestTarget : IAsyncDisposable
{
    private readonly TcpServer _server;

    public TestTarget(Func<NetworkStream, CancellationToken, Task> behave) => _server = new TcpServer(async (connection, cancel) =>
    {
        await using var stream = new NetworkStream(connection);
        await behave(stream, cancel);
    });

    public int Port => _server.Port;

    /// <summary>Connections accepted.</summary>
    public int Accepted => _server.Accepted;

    /// <summary>Connections that the other end has closed.</summary>
    public int Closed => _server.Gone;

    public ProbeTarget Check(HealthCheckKind kind, string path = "", int timeoutMs = 15_000, string host = "127.0.0.1") =>
        At(Port, kind, path, timeoutMs, host);

    public static ProbeTarget At(int port, HealthCheckKind kind, string path = "", int timeoutMs = 15_000, string host = "127.0.0.1") =>
        new()
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
    public static Func<NetworkStream, CancellationToken, Task> Answering(string answer, Action<string>? onRequest = null) =>
        async (stream, cancel) =>
    {
        var buffer = new byte[4096];
        var read = await stream.ReadAsync(buffer, cancel);
        onRequest?.Invoke(System.Text.Encoding.ASCII.GetString(buffer, 0, read));
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), cancel);
    };

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
