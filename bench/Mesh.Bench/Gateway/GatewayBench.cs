using Mesh.Bench.Running;

namespace Mesh.Bench.Gateway;

/// <summary>
/// One route through the gateway and through its peers to the same upstream, wrk with 32 connections and a 2-byte body: requests a second,
/// latency, CPU time of the proxy per request. Seven rounds, peers in turn and each round begun by another one, medians: the machine's mood
/// is the same for all.
/// </summary>
internal static class GatewayBench
{
    private const int Rounds = 7;
    private const int Seconds = 4, Connections = 32;

    public static Task RunAsync(CancellationToken cancellationToken) =>
        CompareAsync(Rounds, (children, upstream) => children.StartAsync(upstream, cancellationToken), cancellationToken);

    /// <summary>The gateway beside proxies that each do a part of what it does.</summary>
    public static Task StagesAsync(CancellationToken cancellationToken) =>
        CompareAsync(3, (children, upstream) => children.StagesAsync(upstream, cancellationToken), cancellationToken);

    private static async Task CompareAsync(int rounds, Func<Peers, string, Task<List<(string Name, string Url, int Pid)>>> others,
        CancellationToken cancellationToken)
    {
        if (Machine.Find("wrk") is not { } wrk)
        {
            Console.WriteLine("wrk is not installed (apt-get install wrk).");
            return;
        }

        await using var children = new Peers();
        var upstream = await children.UpstreamAsync(cancellationToken);
        await using var mesh = await MeshUnderTest.StartAsync("both", gateway: true, cancellationToken);
        using (var client = new HttpClient { BaseAddress = new Uri(mesh.Registry) })
            await MeshUnderTest.RegisterAsync(client, new { name = "tiny", url = upstream }, cancellationToken);
        var peers = await others(children, upstream);
        peers.Insert(0, ("mesh gateway", $"http://127.0.0.1:{mesh.GatewayPort}/tiny/", mesh.Gateway!.Id));
        peers.Add(("(direct)", upstream + "/", 0));
        await mesh.Gateway.ReadyAsync(peers[0].Url, cancellationToken);
        await MeasureAsync(wrk, peers, rounds, cancellationToken);
    }

    /// <summary>Measures the peers in turn and prints their table.</summary>
    public static async Task MeasureAsync(string wrk, List<(string Name, string Url, int Pid)> peers, int rounds,
        CancellationToken cancellationToken)
    {
        var runs = peers.ToDictionary(peer => peer.Name, _ => new List<(WrkResult Result, double MicrosecondsPerRequest)>());
        foreach (var (_, url, _) in peers) await WrkResult.RunAsync(wrk, url, 5, Connections, null, cancellationToken);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, url, pid) in peers.Skip(round % peers.Count).Concat(peers.Take(round % peers.Count)))
            {
                var before = pid == 0 ? TimeSpan.Zero : Child.Cpu(pid);
                var result = await WrkResult.RunAsync(wrk, url, Seconds, Connections, null, cancellationToken);
                runs[name].Add((result, pid == 0 ? double.NaN : (Child.Cpu(pid) - before).TotalMicroseconds / result.Requests));
            }
        }

        var table = new Table("", "requests/s", "of bare YARP", "p50 ms", "p99 ms", "CPU µs/request", "errors");
        foreach (var (name, _, _) in peers)
        {
            var median = runs[name].OrderBy(run => run.Result.RequestsPerSecond).ElementAt(rounds / 2);
            table.Row(name, median.Result.RequestsPerSecond, Ratio(runs[name], runs["bare YARP"]), median.Result.P50Ms, median.Result.P99Ms,
                double.IsNaN(median.MicrosecondsPerRequest) ? "" : median.MicrosecondsPerRequest,
                median.Result.Errors is "" ? "none" : median.Result.Errors);
        }

        table.Print();
    }

    /// <summary>Median of the rounds' quotients: both sides of each were measured within half a minute.</summary>
    private static double Ratio(List<(WrkResult Result, double)> own, List<(WrkResult Result, double)> other) =>
        own.Zip(other, (a, b) => a.Result.RequestsPerSecond / b.Result.RequestsPerSecond).Order().ElementAt(own.Count / 2);
}
