using Mesh.Bench.Running;

namespace Mesh.Bench.Fleet;

/// <summary>
/// All streams connect at once, as when a control plane comes back; three times to one control plane, whose first time is that of a young
/// process.
/// </summary>
internal static class StormBench
{
    private const int Rounds = 6;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var table = new Table("each stream is subscribed to", "run", "all have everything s", "MB sent", "control plane CPU s", "peak MB",
            "MB after");
        foreach (var shape in FleetShape.All)
        {
            await using var fleet = await FleetUnderTest.StartAsync(cancellationToken);
            var pid = fleet.Mesh.ControlPlaneId;
            for (var round = 1; round <= Rounds; round++)
            {
                ProcessMemory.ForgetPeak(pid);
                var (cpu, bytes) = (Child.Cpu(pid), fleet.Bytes.Received);
                var took = await fleet.ConnectAsync(shape, cancellationToken);
                table.Row(shape.Name, round, took.TotalSeconds, (fleet.Bytes.Received - bytes) / 1e6, (Child.Cpu(pid) - cpu).TotalSeconds,
                    ProcessMemory.Peak(pid), ProcessMemory.Pss(pid));
                await fleet.DisconnectAsync();
            }
        }

        table.Print();
    }
}
