using System.Diagnostics;
using System.Globalization;
using Mesh.ServiceDefaults.Connections;
using Mesh.Tests.Support;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

public class AppliedMirrorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Any_control_plane_answers_for_all_and_for_its_own_while_redis_is_away()
    {
        var port = FreePort.Next();
        using var folder = new TempFolder();
        await using var redis = ChildProcess.StartProgram(Requires.Program("redis-server", "apt-get install redis-server"), null,
            "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--dir", folder.Path);
        var replica = new FakeReplica();
        replica.Register("echo", "10.0.0.1");
        await using var one = await Start(replica, "cp-one", port);
        await using var two = await Start(replica, "cp-two", port);
        using var first = new DeltaClient(one, "client-of-one", "*");
        await first.Subscribe(XdsType.Cluster, "*");
        await first.Until(_ => true);
        using var second = new DeltaClient(two, "client-of-two", "*");
        await second.Subscribe(XdsType.Cluster, "*");
        await second.Until(_ => true);

        foreach (var host in new[] { one, two })
        {
            await Eventually.True(
                async () => (await host.Proxies()).Select(p => (p.Node, p.ControlPlane, p.Types.SingleOrDefault()?.State))
                    .SequenceEqual([("client-of-one", "cp-one", "SYNCED"), ("client-of-two", "cp-two", "SYNCED")]),
                Patience, "both clients are listed by both");
        }

        second.Dispose();
        await Eventually.True(async () => (await one.Proxies()) is [{ Node: "client-of-one" }], Patience, "a client that left is no longer listed");
        await redis.Kill();
        var started = Stopwatch.GetTimestamp();
        Assert.Equal("client-of-one", (await one.Proxies()).Single().Node);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Empty(await two.Proxies());
    }

    private static Task<ControlPlaneHarness> Start(FakeReplica replica, string name, int redis) => ControlPlaneHarness.Start(
        replica,
        new Dictionary<string, string?> { ["Mesh:ControlPlane:Name"] = name, ["ConnectionStrings:redis"] = $"127.0.0.1:{redis}" },
        builder => builder.AddMeshRedis());
}
