using Google.Protobuf;
using Mesh.Bench.Etcd;
using Mesh.Bench.Running;
using Mesh.Contracts.V1;

namespace Mesh.Bench.Registrations;

/// <summary>
/// Writes while the whole mesh runs as AppHost starts it, so that every one is also relayed, folded by the replicas, compiled and given its
/// defaults by a worker, against etcd alone: 64 callers; services that are new, and then instances whose weight changes. Three rounds in
/// turn, medians, each load after a warm-up. A gateway for all takes 20,000 services and is refused more, so new ones come for three
/// seconds only, after a warm-up by changes.
/// </summary>
internal static class WholeMeshBench
{
    private const int Callers = 64, Rounds = 3, Seconds = 6, NewSeconds = 3, WarmUpSeconds = 10;
    private static readonly string[] Parts = ["Mesh.Registry", "Mesh.ControlPlane", "Mesh.Worker"];

    private enum Kind
    {
        Put,
        New,
        Update,
    }

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var table = new Table("", "writes/s", "against etcd", "p50 ms", "p99 ms", "registry µs/write", "control plane", "worker", "others");
        if (Machine.Find("wrk") is { } wrk)
            await CompareAsync(table, "HTTP/1.1 with JSON, wrk", (url, kind, parts) => WrkAsync(wrk, url, kind, parts, cancellationToken),
                cancellationToken);
        else
            Console.WriteLine("wrk is not installed (apt-get install wrk): no load over HTTP/1.1.\n");
        await CompareAsync(table, "gRPC, .NET client", (url, kind, parts) => GrpcAsync(url, kind, parts, cancellationToken),
            cancellationToken);
        table.Print();
    }

    private static async Task CompareAsync(Table table, string way, Func<string, Kind, PartsCpu, Task<Run>> load,
        CancellationToken cancellationToken)
    {
        var runs = new Dictionary<Kind, List<Run>> { [Kind.Put] = [], [Kind.New] = [], [Kind.Update] = [] };
        for (var round = 0; round < Rounds; round++)
        {
            await using (var peer = await EtcdUnderTest.StartAsync(cancellationToken))
            {
                if (peer is not null)
                    runs[Kind.Put].Add(await load($"http://{peer.Channel.Target}", Kind.Put, new PartsCpu([("etcd", peer.Id)], ["etcd"])));
            }

            await using var mesh = await AppHostUnderTest.StartAsync(cancellationToken);
            foreach (var kind in (Kind[])[Kind.New, Kind.Update])
                runs[kind].Add(await load(mesh.Registry, kind, new PartsCpu(mesh.Processes, Parts)));
        }

        var etcd = runs[Kind.Put].Count == 0 ? null : Median(runs[Kind.Put]);
        if (etcd is not null) table.Row($"etcd put, {way}", etcd.PerSecond, 1.0, etcd.P50Ms, etcd.P99Ms, etcd.Microseconds[0], "", "", "");
        foreach (var (kind, name) in (ReadOnlySpan<(Kind, string)>)[(Kind.New, "registration of a new service"),
            (Kind.Update, "changed weight")])
        {
            var run = Median(runs[kind]);
            table.Row($"{name}, {way}", run.PerSecond, etcd is null ? "" : run.PerSecond / etcd.PerSecond, run.P50Ms, run.P99Ms,
                run.Microseconds[0], run.Microseconds[1], run.Microseconds[2], run.Microseconds[3]);
        }
    }

    private static Run Median(List<Run> runs) => runs.OrderBy(run => run.PerSecond).ElementAt(runs.Count / 2);

    private static async Task<Run> WrkAsync(string wrk, string url, Kind kind, PartsCpu cpu, CancellationToken cancellationToken)
    {
        using var folder = new ScratchFolder();
        // Two scripts, so that the measured run does not write what the warm-up has written.
        string Script(int run) =>
            kind == Kind.Update
                ? WrkScripts.WriteUpdates(folder.Path, run)
                : WrkScripts.Write(folder.Path, kind == Kind.Put, WrkScripts.EtcdValue, run);
        await WrkResult.RunAsync(wrk, url, WarmUpSeconds, Callers, kind == Kind.New ? WrkScripts.WriteUpdates(folder.Path, 3) : Script(1),
            cancellationToken);
        cpu.Begin();
        var run = await WrkResult.RunAsync(wrk, url, kind == Kind.New ? NewSeconds : Seconds, Callers, Script(2), cancellationToken);
        if (run.Errors.Length > 0) throw new InvalidOperationException($"{url}: {run.Errors}");
        return new Run(run.RequestsPerSecond, run.P50Ms, run.P99Ms, cpu.MicrosecondsEach(run.Requests));
    }

    private static async Task<Run> GrpcAsync(string url, Kind kind, PartsCpu cpu, CancellationToken cancellationToken)
    {
        using var channels = new ChannelSet(url);
        var puts = channels.Each(channel => new KV.KVClient(channel));
        var discovery = channels.Each(channel => new Contracts.V1.Discovery.DiscoveryClient(channel));
        var value = ByteString.CopyFromUtf8(WrkScripts.EtcdValue);
        Func<int, long, Task> Calls(Kind kind, int weights) => kind == Kind.Put
            ? async (caller,
                n) => await puts[caller % puts.Length].PutAsync(
                    new PutRequest { Key = ByteString.CopyFromUtf8($"/services/s{n}"), Value = value },
                    cancellationToken: cancellationToken)
            : async (caller, n) =>
            {
                var request = new RegisterRequest
                {
                    Name = $"s{n % 500}",
                    Namespace = kind == Kind.New ? $"g{1 + (n / 500)}" : "g0",
                    InstanceId = "echo-1",
                    Address = "10.0.0.1",
                    Port = 8080,
                    Protocol = "http",
                    Version = "v1",
                    Zone = "z1",
                };
                if (kind == Kind.Update) request.Weight = (int)(weights + (n / 500 % 1_000));
                request.Metadata.Add("team", "a");
                var reply = await discovery[caller % discovery.Length].RegisterAsync(request, cancellationToken: cancellationToken);
                if (!reply.Changed) throw new InvalidOperationException($"Write {n} changed nothing.");
            };
        var warmUp = TimeSpan.FromSeconds(WarmUpSeconds);
        if (kind == Kind.New)
        {
            await ClosedLoad.RunAsync(Callers, TimeSpan.Zero, warmUp, static () => { }, Calls(Kind.Update, 5_000));
            warmUp = TimeSpan.Zero;
        }

        var run = await ClosedLoad.RunAsync(Callers, warmUp, TimeSpan.FromSeconds(kind == Kind.New ? NewSeconds : Seconds), cpu.Begin,
            Calls(kind, 2));
        return new Run(run.PerSecond, run.P50Ms, run.P99Ms, cpu.MicrosecondsEach(run.Calls));
    }

    private sealed record Run(double PerSecond, double P50Ms, double P99Ms, double[] Microseconds);
}
