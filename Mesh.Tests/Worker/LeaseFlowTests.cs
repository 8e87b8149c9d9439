using Mesh.Tests.Support;
using Mesh.Tests.Worker.Support;

namespace Mesh.Tests.Worker;

/// <summary>Real processes: a Registry that takes heartbeats, a worker that expires leases, a Redis between them.</summary>
public class LeaseFlowTests
{
    // Longer than a busy machine keeps a heartbeat of each second waiting.
    private const int TtlSeconds = 6;

    [Fact]
    public async Task An_instance_that_sends_no_heartbeats_falls_and_the_next_one_restores_it()
    {
        await using var mesh = new WorkerMesh();
        await mesh.StartRedis();
        await mesh.StartRegistry();
        await mesh.StartWorker();
        var body = new { name = "beating", instanceId = "b-1", url = "http://127.0.0.1:9", ttlSeconds = TtlSeconds };
        Assert.InRange(await mesh.Send(HttpMethod.Post, "/api/discovery/register", body), 200, 201);

        // For two leases' time it beats, and stays.
        using (var beat = new PeriodicTimer(TimeSpan.FromSeconds(1)))
        {
            for (var i = 0; i < 2 * TtlSeconds; i++)
            {
                await beat.WaitForNextTickAsync(TestContext.Current.CancellationToken);
                Assert.Equal(200, await Beat(mesh));
                Assert.Equal("passing", await mesh.HealthOf("beating"));
            }
        }

        await Eventually.True(async () => await mesh.HealthOf("beating") == "critical", TimeSpan.FromSeconds(TtlSeconds + 60),
            "without heartbeats it falls");
        Assert.Equal(200, await Beat(mesh));
        await Eventually.True(async () => await mesh.HealthOf("beating") == "passing", TimeSpan.FromSeconds(60),
            "one heartbeat restores it");

        // Redis goes, while the lease has just begun: nothing falls any more.
        Assert.Equal(200, await Beat(mesh));
        await mesh.Redis!.Process.Kill();
        var gone = TimeProvider.System.GetTimestamp();
        await Eventually.True(
            async () =>
            {
                Assert.Equal("passing", await mesh.HealthOf("beating"));
                return TimeProvider.System.GetElapsedTime(gone) > TimeSpan.FromSeconds(2 * TtlSeconds);
            },
            TimeSpan.FromSeconds(60), "twice the lease passes without Redis");
    }

    private static Task<int> Beat(WorkerMesh mesh) =>
        mesh.Send(HttpMethod.Post, "/api/discovery/heartbeat", new { name = "beating", instanceId = "b-1" });
}
