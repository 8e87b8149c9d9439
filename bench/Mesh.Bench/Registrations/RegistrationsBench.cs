using System.Net.Http.Json;
using System.Text;
using Google.Protobuf;
using Grpc.Net.Client;
using Mesh.Bench.Etcd;
using Mesh.Bench.Support;
using Mesh.Contracts.V1;

namespace Mesh.Bench.Registrations;

/// <summary>
/// (a) Durable registrations a second against etcd's puts: 64 callers, every write fsynced before its answer, one server after the other on the
/// same disk. Both are driven by the same client over gRPC (and both once more over HTTP/1.1 with JSON).
/// </summary>
internal sealed class RegistrationsBench : IBench
{
    private const int Callers = 64, Channels = 4;

    public string Letter => "a";

    public string Title => "durable registrations a second, 64 callers, against etcd's puts";

    public async Task<IReadOnlyList<Table>> RunAsync(TimeSpan duration)
    {
        var table = new Table(
            "Every write is a new instance of about 200 bytes and is on the disk when it is answered; both servers and the driver share the machine. CPU is the server's own.",
            "server", "writes/s", "p50 ms", "p99 ms", "CPU µs/write", "against etcd");
        foreach (var json in (bool[])[false, true])
        {
            var etcd = await EtcdAsync(duration, json);
            var mesh = await MeshAsync(duration, json);
            var way = json ? "HTTP/1.1 JSON" : "gRPC";
            Add(table, $"etcd, {way}", etcd, etcd);
            Add(table, $"Mesh.Registry on SQLite, {way}", mesh, etcd);
        }

        return [table];
    }

    private static void Add(Table table, string name, Measured? side, Measured? etcd) => table.Add(
        name, side is { } s ? Server.Number(s.Load.PerSecond) : "not installed", Milliseconds(side?.Load.P50), Milliseconds(side?.Load.P99),
        side is { } c ? Server.Number(c.CpuMicroseconds) : "", side is { } a && etcd is { } b ? $"{Server.Number(a.Load.PerSecond / b.Load.PerSecond, 2)}×" : "");

    private static string Milliseconds(TimeSpan? time) => time is { } t ? Server.Number(t.TotalMilliseconds, 1) : "";

    private static async Task<Measured?> EtcdAsync(TimeSpan duration, bool json)
    {
        if (Server.Find("etcd") is not { } program) return null;
        var folder = Directory.CreateTempSubdirectory("mesh-bench-etcd-");
        var (client, peer) = ($"http://127.0.0.1:{Server.FreePort()}", $"http://127.0.0.1:{Server.FreePort()}");
        await using var server = await Server.StartAsync(program, client + "/health", new Dictionary<string, string>(), "--name", "bench", "--data-dir", folder.FullName,
            "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", $"bench={peer}", "--quota-backend-bytes", "8000000000", "--log-level", "error");
        var value = Encoding.UTF8.GetBytes("""{"instance":{"namespace":"default","service":"echo","instanceId":"echo-1","address":"10.0.0.1","port":8080,"protocol":"http","version":"v1","zone":"z1","weight":100,"metadata":{"team":"a"}}}""");
        if (json)
        {
            using var http = NewHttpClient(client);
            return await MeasureAsync(server, duration, async (_, n) =>
            {
                var body = new Dictionary<string, string> { ["key"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"/services/s{n}")), ["value"] = Convert.ToBase64String(value) };
                using var answer = await http.PostAsJsonAsync("/v3/kv/put", body);
                answer.EnsureSuccessStatusCode();
            }, folder);
        }

        using var channels = new ChannelSet(client, Channels);
        var stubs = channels.Each(channel => new KV.KVClient(channel));
        return await MeasureAsync(server, duration, async (caller, n) =>
            await stubs[caller % Channels].PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8($"/services/s{n}"), Value = ByteString.CopyFrom(value) }), folder);
    }

    private static async Task<Measured?> MeshAsync(TimeSpan duration, bool json)
    {
        var folder = Directory.CreateTempSubdirectory("mesh-bench-registry-");
        var url = $"http://127.0.0.1:{Server.FreePort()}";
        await using var server = await Server.StartAsync(Server.Built("Mesh.Registry"), url + "/health/ready", new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = url,
            ["MESH_DATA_DIR"] = folder.FullName,
            ["Logging__LogLevel__Default"] = "Warning",
            ["Mesh__Discovery__Limits__ServicesPerNamespace"] = "10000000",
        });
        if (json)
        {
            using var http = NewHttpClient(url);
            return await MeasureAsync(server, duration, async (_, n) =>
            {
                var body = new Dictionary<string, object>
                {
                    ["name"] = $"s{n % 1000}", ["namespace"] = $"n{n / 1000}", ["instanceId"] = "echo-1", ["address"] = "10.0.0.1", ["port"] = 8080, ["protocol"] = "http",
                    ["version"] = "v1", ["zone"] = "z1", ["metadata"] = new Dictionary<string, string> { ["team"] = "a" },
                };
                using var answer = await http.PostAsJsonAsync("/api/v1/discovery/register", body);
                answer.EnsureSuccessStatusCode();
            }, folder);
        }

        using var channels = new ChannelSet(url, Channels);
        var stubs = channels.Each(channel => new Contracts.V1.Discovery.DiscoveryClient(channel));
        return await MeasureAsync(server, duration, async (caller, n) =>
        {
            var request = new RegisterRequest { Name = $"s{n % 1000}", Namespace = $"n{n / 1000}", InstanceId = "echo-1", Address = "10.0.0.1", Port = 8080, Protocol = "http", Version = "v1", Zone = "z1" };
            request.Metadata.Add("team", "a");
            var reply = await stubs[caller % Channels].RegisterAsync(request);
            if (!reply.Changed) throw new InvalidOperationException($"The registration of s{n} changed nothing.");
        }, folder);
    }

    private static async Task<Measured?> MeasureAsync(Server server, TimeSpan duration, Func<int, long, Task> call, DirectoryInfo folder)
    {
        try
        {
            var (cpu, calls) = (server.Cpu, 0L);
            var result = await Load.RunAsync(Callers, duration, async (caller, n) =>
            {
                await call(caller, n);
                Interlocked.Increment(ref calls);
            });
            return new(result, (server.Cpu - cpu).TotalMicroseconds / calls);
        }
        finally
        {
            await server.DisposeAsync();
            folder.Delete(recursive: true);
        }
    }

    private static HttpClient NewHttpClient(string url) => new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { BaseAddress = new Uri(url) };

    private readonly record struct Measured(Load.Result Load, double CpuMicroseconds);

    /// <summary>Some connections, so that no side is held back by one.</summary>
    private sealed class ChannelSet(string url, int count) : IDisposable
    {
        private readonly GrpcChannel[] _channels = [.. Enumerable.Range(0, count).Select(_ => GrpcChannel.ForAddress(url, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null },
            DisposeHttpClient = true,
        }))];

        public T[] Each<T>(Func<GrpcChannel, T> make) => [.. _channels.Select(make)];

        public void Dispose()
        {
            foreach (var channel in _channels) channel.Dispose();
        }
    }
}
