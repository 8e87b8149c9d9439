using Grpc.Net.Client;

namespace Mesh.Bench.Running;

/// <summary>One etcd server, fsyncing as it does by default.</summary>
internal sealed class EtcdUnderTest : IAsyncDisposable
{
    private readonly Child _server;
    private readonly string _folder;

    private EtcdUnderTest(Child server, string folder, int port)
    {
        (_server, _folder) = (server, folder);
        Channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
    }

    public GrpcChannel Channel { get; }

    public int Id => _server.Id;

    /// <summary>Starts it; null where it is not installed.</summary>
    public static async Task<EtcdUnderTest?> StartAsync(CancellationToken cancellationToken)
    {
        if (Machine.Find("etcd") is not { } etcd)
        {
            Console.WriteLine("etcd is not installed (apt-get install etcd-server): no comparison.\n");
            return null;
        }

        var (port, peer, folder) = (Machine.FreePort(), Machine.FreePort(), Directory.CreateTempSubdirectory("mesh-bench-etcd-").FullName);
        var server = Child.Start(etcd,
            ["--data-dir", folder, "--listen-client-urls", $"http://127.0.0.1:{port}", "--advertise-client-urls",
                $"http://127.0.0.1:{port}",
            "--listen-peer-urls", $"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls", $"http://127.0.0.1:{peer}",
            "--initial-cluster", $"default=http://127.0.0.1:{peer}"]);
        await server.ReadyAsync($"http://127.0.0.1:{port}/health", cancellationToken);
        return new EtcdUnderTest(server, folder, port);
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
