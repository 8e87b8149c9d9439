using Mesh.Bench.Running;

namespace Mesh.Bench.StartUp;

/// <summary>
/// What a mesh costs that nobody uses: CPU time of AppHost and all that it starts, 30 s long, once the JIT has come to rest.
/// </summary>
internal static class IdleBench
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(90), Duration = TimeSpan.FromSeconds(30);

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var mesh = await AppHostUnderTest.StartAsync(cancellationToken);
        await Task.Delay(Rest, cancellationToken);
        var processes = mesh.Processes;
        var runs = new List<double[]>();
        for (var run = 0; run < 3; run++)
        {
            var before = processes.Select(process => Child.OwnCpu(process.Id)).ToArray();
            await Task.Delay(Duration, cancellationToken);
            runs.Add([.. processes.Select((process, i) => (Child.OwnCpu(process.Id) - before[i]).TotalSeconds)]);
        }

        var table = new Table("CPU seconds in 30 s", "run 1", "run 2", "run 3");
        for (var i = 0; i < processes.Count; i++) table.Row(processes[i].Name, runs[0][i], runs[1][i], runs[2][i]);
        table.Row("sum", runs[0].Sum(), runs[1].Sum(), runs[2].Sum());
        table.Print();
    }
}
