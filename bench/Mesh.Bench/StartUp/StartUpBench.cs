using System.Diagnostics;
using System.Globalization;
using Mesh.Bench.Running;

namespace Mesh.Bench.StartUp;

/// <summary>
/// From starting the built AppHost to every host ready; 30 s later the memory of all processes (sum of Pss, so that shared pages count
/// once); then the end.
/// </summary>
internal static class StartUpBench
{
    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var table = new Table("run", "ready s", "memory MB", "ended s");
        for (var run = 1; run <= 3; run++)
        {
            var started = Stopwatch.GetTimestamp();
            await using var mesh = await AppHostUnderTest.StartAsync(cancellationToken);
            var ready = Stopwatch.GetElapsedTime(started);
            await Task.Delay(TimeSpan.FromSeconds(30), cancellationToken);
            var parts = mesh.Processes.Select(process => (process.Name, Pss: ProcessMemory.Pss(process.Id))).ToArray();
            table.Row(run, ready.TotalSeconds, parts.Sum(part => part.Pss), (await mesh.EndAsync(cancellationToken)).TotalSeconds);
            if (run == 3)
                Console.WriteLine(
                    "Memory of the last run, MB: "
                        + string.Join(", ",
                            parts.OrderByDescending(part => part.Pss)
                                .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Name} {part.Pss:0}"))) + "\n");
        }

        table.Print();
    }
}
