using Mesh.Bench.Certificates;
using Mesh.Bench.Fleet;
using Mesh.Bench.Gateway;
using Mesh.Bench.Latency;
using Mesh.Bench.Registrations;
using Mesh.Bench.Replay;
using Mesh.Bench.Running;
using Mesh.Bench.StartUp;

// Side-by-side measurements, peers in the same run. Build with -c Release first; each letter is a table of bench/README.md.
var benches = new Dictionary<string, (string What, Func<CancellationToken, Task> Run)>(StringComparer.Ordinal)
{
    ["a"] = ("durable registrations, 64 callers, against etcd's puts", RegistrationsBench.RunAsync),
    ["a2"] = ("writes while the whole mesh runs, 64 callers, against etcd's puts", WholeMeshBench.RunAsync),
    ["b"] = ("accepted write to changed endpoints in a subscriber's hands, against etcd put to watch", UpdateLatencyBench.RunAsync),
    ["c"] = ("gateway against nginx, haproxy and a bare YARP pipeline", GatewayBench.RunAsync),
    ["d"] = ("start-up and memory of the whole mesh", StartUpBench.RunAsync),
    ["e"] = ("replay of 1 million events, SQLite to state", ReplayBench.RunAsync),
    ["f"] = ("gateway with 1, 100 and 1,000 routes, against nginx, haproxy and a bare YARP pipeline with one", RouteTableBench.RunAsync),
    ["g"] = ("one changed endpoint to 1,000 streams, 1,000 services of 10 instances", PushBench.RunAsync),
    ["h"] = ("1,000 streams that connect at once, 1,000 services of 10 instances", StormBench.RunAsync),
    ["i"] = ("what the parts of a proxy cost, from a bare server to the gateway", GatewayBench.StagesAsync),
    ["j"] = ("CPU time of a whole mesh that nobody uses", IdleBench.RunAsync),
    ["k"] = ("certificates that a Registry signs", SigningBench.RunAsync),
};

if (args is ["stage", var stage, var at, var to])
    return await Stages.RunAsync(stage, int.Parse(at, System.Globalization.CultureInfo.InvariantCulture), to);
if (args is ["bare-yarp", var port, var upstream])
    return await BareYarp.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture), upstream);
if (args is ["tiny-backend", var own]) return await TinyBackend.RunAsync(int.Parse(own, System.Globalization.CultureInfo.InvariantCulture));

var wanted = args is ["all"] ? [.. benches.Keys] : args;
if (wanted.Length == 0 || wanted.Any(name => !benches.ContainsKey(name)))
{
    Console.Error.WriteLine("Usage: Mesh.Bench all | " + string.Join(" | ", benches.Keys));
    foreach (var (name, (what, _)) in benches) Console.Error.WriteLine($"  {name}  {what}");
    return 2;
}

using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(20));
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
await Machine.DescribeAsync(Console.Out);
foreach (var name in wanted)
{
    Console.WriteLine($"\n## ({name}) {benches[name].What}\n");
    await benches[name].Run(stop.Token);
}

return 0;
