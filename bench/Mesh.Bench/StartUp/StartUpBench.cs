using System.Diagnostics;
using System.Globalization;
using Mesh.Bench.Running;

namespace Mesh.Bench.StartUp;

/// <summary>From starting the built AppHost to every host ready; and 30 s later the memory of AppHost and its children (sum of Pss, so that shared pages count once).</summary>
internal static class StartUpBench
{
    private const int Offset = 12_000;
    private static readonly (string Name, int Port)[] Hosts = [("registry", 7400), ("controlplane", 7410), ("worker", 7420), ("gateway", 7480)];

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var table = new Table("run", "ready s", "memory MB");
        for (var run = 1; run <= 3; run++)
        {
            var folder = Directory.CreateTempSubdirectory("mesh-bench-start-").FullName;
            var started = Stopwatch.GetTimestamp();
            await using (var host = Child.Start(Machine.Built("Mesh.AppHost"), ["--port-offset", $"{Offset}"], new Dictionary<string, string> { ["MESH_DATA_DIR"] = folder, ["XDG_CONFIG_HOME"] = folder }))
            {
                foreach (var (name, port) in Hosts) await host.ReadyAsync($"http://127.0.0.1:{(name == "gateway" ? 7481 : port) + Offset}/health/ready", cancellationToken);
                var ready = Stopwatch.GetElapsedTime(started);
                await Task.Delay(TimeSpan.FromSeconds(30), cancellationToken);
                var parts = Child.Tree(host.Id).Select(pid => (Name: NameOf(pid), Pss: ProcessMemory.Pss(pid))).ToArray();
                table.Row(run, ready.TotalSeconds, parts.Sum(part => part.Pss));
                if (run == 3) Console.WriteLine("Memory of the last run, MB: " + string.Join(", ", parts.OrderByDescending(part => part.Pss).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Name} {part.Pss:0}"))) + "\n");
            }

            Directory.Delete(folder, recursive: true);
        }

        table.Print();
    }

    private static string NameOf(int pid) => File.ReadAllText($"/proc/{pid}/comm").Trim();
}
