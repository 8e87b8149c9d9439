namespace Mesh.Tests.Conformance.Scenarios;

/// <summary>What data planes tell the control plane of their calls.</summary>
internal static class Reports
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("load_reports", "of 50 calls, 10 of which fail, the windows of load show 40 and 10", Counted),
    ];

    private static async Task Counted(Bench bench)
    {
        var backend = await bench.Backend("one");
        await bench.Settled();
        await bench.GoodCalls(40);
        backend.Says = Outcome.Internal;
        Assert.All(await bench.Calls(10), c => Assert.Equal(Outcome.Internal, c.Outcome));
        await bench.Until(
            async () => await bench.Mesh.ControlPlane.Loads.ReadAsync(bench.Service, DateTimeOffset.UnixEpoch,
                TestContext.Current.CancellationToken) is { Succeeded: 40, Failed: 10 },
            "the windows show every call");
    }
}
