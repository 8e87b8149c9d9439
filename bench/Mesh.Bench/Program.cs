<<<<<<< HEAD
using Mesh.Bench.Gateway;
using Mesh.Bench.Latency;
using Mesh.Bench.Running;
using Mesh.Bench.StartUp;

// Side-by-side measurements, peers in the same run. Build with -c Release first; each letter is a table of bench/README.md.
var benches = new Dictionary<string, (string What, Func<CancellationToken, Task> Run)>(StringComparer.Ordinal)
{
    ["b"] = ("accepted write to changed endpoints in a subscriber's hands, against etcd put to watch", UpdateLatencyBench.RunAsync),
    ["c"] = ("gateway against nginx, haproxy and a bare YARP pipeline", GatewayBench.RunAsync),
    ["d"] = ("start-up and memory of the whole mesh", StartUpBench.RunAsync),
};

if (args is ["bare-yarp", var port, var upstream]) return await BareYarp.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture), upstream);
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
=======
using Mesh.Bench;
using Mesh.Bench.Registrations;
using Mesh.Bench.Replay;

// One entry a comparison; each runs the mesh and its peers one after another on this machine.
IBench[] benches = [new RegistrationsBench(), new ReplayBench()];

var asked = args.FirstOrDefault() ?? "";
var chosen = benches.Where(bench => asked == "all" || asked == bench.Letter).ToArray();
if (chosen.Length == 0)
{
    Console.Error.WriteLine("Usage: Mesh.Bench <letter>|all [seconds]   (build with -c Release; all projects of the solution too)");
    foreach (var bench in benches) Console.Error.WriteLine($"  {bench.Letter}    {bench.Title}");
    return 2;
}

var seconds = args.Length > 1 && int.TryParse(args[1], out var given) ? given : 10;
foreach (var bench in chosen)
{
    Console.WriteLine($"## ({bench.Letter}) {bench.Title}\n");
    foreach (var table in await bench.RunAsync(TimeSpan.FromSeconds(seconds))) Console.WriteLine(table.ToMarkdown());
>>>>>>> 82fbd55 (bench: (a) registrations against etcd, (e) replay)
}

return 0;
