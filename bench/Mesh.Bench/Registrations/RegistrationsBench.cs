using Google.Protobuf;
using Mesh.Bench.Etcd;
using Mesh.Bench.Running;
using Mesh.Contracts.V1;

namespace Mesh.Bench.Registrations;

/// <summary>
/// Durable registrations against etcd's puts: 64 callers, every write fsynced before its answer, one server after the other on the same
/// disk, both driven by the same load: .NET's gRPC client, and wrk over HTTP/1.1 with JSON, which costs the machine a fifth of that. Three
/// rounds in turn, medians, after a warm-up of ten seconds.
/// </summary>
internal static class RegistrationsBench
{
    private const int Callers = 64, Rounds = 3, Seconds = 6, WarmUpSeconds = 10;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var table = new Table("", "writes/s", "against etcd", "p50 ms", "p99 ms", "server CPU µs/write");
        if (Machine.Find("wrk") is { } wrk)
            await CompareAsync(table, "HTTP/1.1 with JSON, wrk", (url, pid, etcd) => WrkAsync(wrk, url, pid, etcd, cancellationToken),
                cancellationToken);
        else
            Console.WriteLine("wrk is not installed (apt-get install wrk): no load over HTTP/1.1.\n");
        await CompareAsync(table, "gRPC, .NET client", (url, pid, etcd) => GrpcAsync(url, pid, etcd, cancellationToken), cancellationToken);
        table.Print();
    }

    private static async Task CompareAsync(Table table, string way, Func<string, int, bool, Task<Run>> load,
        CancellationToken cancellationToken)
    {
        var (etcd, mesh) = (new List<Run>(), new List<Run>());
        for (var round = 0; round < Rounds; round++)
        {
            await using (var peer = await EtcdUnderTest.StartAsync(cancellationToken))
            {
                if (peer is not null) etcd.Add(await load($"http://{peer.Channel.Target}", peer.Id, true));
            }

            using var folder = new ScratchFolder();
            var url = $"http://127.0.0.1:{Machine.FreePort()}";
            await using var server = Child.Start(Machine.Built("Mesh.Registry"), [], new Dictionary<string, string>
            {
                ["ASPNETCORE_URLS"] = url,
                ["MESH_DATA_DIR"] = folder.Path,
                ["Logging__LogLevel__Default"] = "Warning",
            });
            await server.ReadyAsync(url + "/health/ready", cancellationToken);
            mesh.Add(await load(url, server.Id, false));
        }

        var to = etcd.Count == 0 ? null : Median(etcd);
        if (to is not null) Row(table, $"etcd put, {way}", to, to);
        Row(table, $"registration, {way}", Median(mesh), to);
    }

    private static Run Median(List<Run> runs) => runs.OrderBy(run => run.PerSecond).ElementAt(runs.Count / 2);

    private static void Row(Table table, string name, Run run, Run? etcd) => table.Row(
        name, run.PerSecond, etcd is null ? "" : run.PerSecond / etcd.PerSecond, run.P50Ms, run.P99Ms, run.ServerMicroseconds);

    private static async Task<Run> WrkAsync(string wrk, string url, int pid, bool etcd, CancellationToken cancellationToken)
    {
        using var folder = new ScratchFolder();
        // Two scripts, so that the measured run does not write what the warm-up has written.
        var (first, second) = (WrkScripts.Write(folder.Path, etcd, WrkScripts.EtcdValue, 1),
            WrkScripts.Write(folder.Path, etcd, WrkScripts.EtcdValue, 2));
        await WrkResult.RunAsync(wrk, url, WarmUpSeconds, Callers, first, cancellationToken);
        var cpu = new PartsCpu([("server", pid)], ["server"]);
        cpu.Begin();
        var run = await WrkResult.RunAsync(wrk, url, Seconds, Callers, second, cancellationToken);
        if (run.Errors.Length > 0) throw new InvalidOperationException($"{url}: {run.Errors}");
        return new Run(run.RequestsPerSecond, run.P50Ms, run.P99Ms, cpu.MicrosecondsEach(run.Requests)[0]);
    }

    private static async Task<Run> GrpcAsync(string url, int pid, bool etcd, CancellationToken cancellationToken)
    {
        using var channels = new ChannelSet(url);
        Func<int, long, Task> call;
        if (etcd)
        {
            var value = ByteString.CopyFromUtf8(WrkScripts.EtcdValue);
            var stubs = channels.Each(channel => new KV.KVClient(channel));
            call = async (caller,
                n) => await stubs[caller % stubs.Length].PutAsync(
                    new PutRequest { Key = ByteString.CopyFromUtf8($"/services/s{n}"), Value = value },
                    cancellationToken: cancellationToken);
        }
        else
        {
            var stubs = channels.Each(channel => new Contracts.V1.Discovery.DiscoveryClient(channel));
            call = async (caller, n) =>
            {
                var request = new RegisterRequest
                {
                    Name = $"s{n % 500}",
                    Namespace = $"n{n / 500}",
                    InstanceId = "echo-1",
                    Address = "10.0.0.1",
                    Port = 8080,
                    Protocol = "http",
                    Version = "v1",
                    Zone = "z1",
                };
                request.Metadata.Add("team", "a");
                var reply = await stubs[caller % stubs.Length].RegisterAsync(request, cancellationToken: cancellationToken);
                if (!reply.Changed) throw new InvalidOperationException($"Registration {n} changed nothing.");
            };
        }

        var cpu = new PartsCpu([("server", pid)], ["server"]);
        var run = await ClosedLoad.RunAsync(Callers, TimeSpan.FromSeconds(WarmUpSeconds), TimeSpan.FromSeconds(Seconds), cpu.Begin, call);
        return new Run(run.PerSecond, run.P50Ms, run.P99Ms, cpu.MicrosecondsEach(run.Calls)[0]);
    }

    private sealed record Run(double PerSecond, double P50Ms, double P99Ms, double ServerMicroseconds);
}
