using System.Text;
using Google.Protobuf;
using Grpc.Net.Client;
using Mesh.Bench.Etcd;
using Mesh.Bench.Running;
using Mesh.Contracts.V1;

namespace Mesh.Bench.Registrations;

/// <summary>
/// Durable registrations against etcd's puts: 64 callers, every write fsynced before its answer, one server after the other on the same disk, both driven by
/// the same client over gRPC (and both once more over HTTP/1.1 with JSON). Three rounds in turn, medians.
/// </summary>
internal static class RegistrationsBench
{
    private const int Callers = 64, Channels = 4, Rounds = 3;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(6);

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var table = new Table("", "writes/s", "against etcd", "p50 ms", "p99 ms", "server CPU µs/write");
        foreach (var json in (bool[])[false, true])
        {
            var (etcd, mesh) = (new List<ClosedLoad.Result>(), new List<ClosedLoad.Result>());
            for (var round = 0; round < Rounds; round++)
            {
                if (await EtcdAsync(json, cancellationToken) is { } peer) etcd.Add(peer);
                mesh.Add(await MeshAsync(json, cancellationToken));
            }

            var way = json ? "HTTP/1.1 with JSON" : "gRPC";
            var to = etcd.Count == 0 ? null : Median(etcd);
            if (to is not null) Row(table, $"etcd put, {way}", to, to);
            Row(table, $"registration, {way}", Median(mesh), to);
        }

        table.Print();
    }

    private static ClosedLoad.Result Median(List<ClosedLoad.Result> runs) => runs.OrderBy(run => run.PerSecond).ElementAt(runs.Count / 2);

    private static void Row(Table table, string name, ClosedLoad.Result run, ClosedLoad.Result? etcd) => table.Row(
        name, run.PerSecond, etcd is null ? "" : run.PerSecond / etcd.PerSecond, run.Milliseconds.At(50), run.Milliseconds.At(99), run.ServerMicroseconds);

    private static async Task<ClosedLoad.Result?> EtcdAsync(bool json, CancellationToken cancellationToken)
    {
        await using var etcd = await EtcdUnderTest.StartAsync(cancellationToken);
        if (etcd is null) return null;
        var url = $"http://{etcd.Channel.Target}";
        var value = """{"instance":{"namespace":"default","service":"echo","instanceId":"echo-1","address":"10.0.0.1","port":8080,"protocol":"http","version":"v1","zone":"z1","weight":100,"metadata":{"team":"a"}}}"""u8.ToArray();
        if (json)
        {
            using var http = NewHttpClient(url);
            return await ClosedLoad.RunAsync(Callers, Duration, etcd.Id, async (_, n) =>
            {
                var body = new Dictionary<string, string> { ["key"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"/services/s{n}")), ["value"] = Convert.ToBase64String(value) };
                using var answer = await http.PostAsJsonAsync("/v3/kv/put", body, cancellationToken);
                answer.EnsureSuccessStatusCode();
            });
        }

        using var channels = new ChannelSet(url);
        var stubs = channels.Each(channel => new KV.KVClient(channel));
        return await ClosedLoad.RunAsync(Callers, Duration, etcd.Id, async (caller, n) => await stubs[caller % Channels].PutAsync(
            new PutRequest { Key = ByteString.CopyFromUtf8($"/services/s{n}"), Value = ByteString.CopyFrom(value) }, cancellationToken: cancellationToken));
    }

    private static async Task<ClosedLoad.Result> MeshAsync(bool json, CancellationToken cancellationToken)
    {
        using var folder = new ScratchFolder();
        var url = $"http://127.0.0.1:{Machine.FreePort()}";
        await using var server = Child.Start(Machine.Built("Mesh.Registry"), [], new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = url,
            ["MESH_DATA_DIR"] = folder.Path,
            ["Logging__LogLevel__Default"] = "Warning",
        });
        await server.ReadyAsync(url + "/health/ready", cancellationToken);
        if (json)
        {
            using var http = NewHttpClient(url);
            return await ClosedLoad.RunAsync(Callers, Duration, server.Id, async (_, n) =>
            {
                var body = new Dictionary<string, object>
                {
                    ["name"] = $"s{n % 500}", ["namespace"] = $"n{n / 500}", ["instanceId"] = "echo-1", ["address"] = "10.0.0.1", ["port"] = 8080, ["protocol"] = "http",
                    ["version"] = "v1", ["zone"] = "z1", ["metadata"] = new Dictionary<string, string> { ["team"] = "a" },
                };
                using var answer = await http.PostAsJsonAsync("/api/v1/discovery/register", body, cancellationToken);
                answer.EnsureSuccessStatusCode();
            });
        }

        using var channels = new ChannelSet(url);
        var stubs = channels.Each(channel => new Contracts.V1.Discovery.DiscoveryClient(channel));
        return await ClosedLoad.RunAsync(Callers, Duration, server.Id, async (caller, n) =>
        {
            var request = new RegisterRequest { Name = $"s{n % 500}", Namespace = $"n{n / 500}", InstanceId = "echo-1", Address = "10.0.0.1", Port = 8080, Protocol = "http", Version = "v1", Zone = "z1" };
            request.Metadata.Add("team", "a");
            var reply = await stubs[caller % Channels].RegisterAsync(request, cancellationToken: cancellationToken);
            if (!reply.Changed) throw new InvalidOperationException($"Registration {n} changed nothing.");
        });
    }

    private static HttpClient NewHttpClient(string url) => new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { BaseAddress = new Uri(url) };

    /// <summary>Some connections, so that no side is held back by one.</summary>
    private sealed class ChannelSet(string url) : IDisposable
    {
        private readonly GrpcChannel[] _channels = [.. Enumerable.Range(0, Channels).Select(_ => GrpcChannel.ForAddress(url, new GrpcChannelOptions
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
