using Mesh.Tests.Support;

namespace Mesh.Tests.Kernel.Replication;

/// <summary>
/// A replica that follows a Registry through an ingress, which ends its <c>TailLog</c> stream in every way that an ingress has.
/// </summary>
public class TailLogCutTests
{
    private const string Service = "/cdaprod.mesh.v1.Log/";
    private const int Cuts = 8;

    [Theory]
    [InlineData(Cut.Stream)]
    [InlineData(Cut.Status)]
    [InlineData(Cut.GoAway)]
    [InlineData(Cut.Connection)]
    public async Task A_replica_whose_stream_is_cut_while_commands_come_misses_none_and_reads_nothing_anew(Cut how)
    {
        using var folder = new TempFolder();
        await using var registry = new RegistryHarness(folder.Path, null);
        await registry.StartAsync();
        for (var i = 1; i <= 20; i++) await registry.SetAsync(("before", i));
        await using var ingress = await CuttingIngress.Start(new Uri(registry.Address));
        // No look at the head in between: what comes comes by the stream.
        await using var replica = new ReplicaHost($"{ingress.Address}", null, "taillog",
            configure: options => options.HeadCheckEvery = TimeSpan.FromHours(1));
        await replica.StartAsync();
        await replica.Live();
        await replica.Holds(registry.State, "the beginning");
        var read = Times(ingress, "ReadLog");

        for (var cut = 1; cut <= Cuts; cut++)
        {
            var tails = Times(ingress, "TailLog");
            await registry.SetAsync(("a", cut), ("b", Cuts - cut));
            ingress.End(how);
            await registry.SetAsync(("c", cut));
            await replica.Holds(registry.State, $"all that came around cut {cut}");
            await Eventually.True(() => Times(ingress, "TailLog") > tails, ReplicaHarness.Deadline, "there is another stream");
            await replica.Live();
        }

        var status = replica.Replica.Status;
        Assert.Equal(0, status.Discards);
        Assert.Null(status.Alert);
        // The state was read once, at the beginning; each stream went on from its own position, and no more was asked for than what a cut
        // had left missing.
        Assert.Equal(1, Times(ingress, "GetSnapshot"));
        Assert.InRange(Times(ingress, "ReadLog"), read, read + Cuts);
    }

    private static int Times(CuttingIngress ingress, string method) => ingress.Paths.Count(path => path == Service + method);
}
