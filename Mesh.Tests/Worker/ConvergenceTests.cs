using Mesh.Tests.Support;
using Mesh.Tests.Worker.Support;

namespace Mesh.Tests.Worker;

public class ConvergenceTests
{
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task After_random_writes_and_faults_the_log_stops_growing_within_a_sweep_and_a_further_sweep_appends_nothing()
    {
        var random = TestSeed.Draws(20261122);
        await using var server = await CountingServer.Start();
        await using var mesh = new WorkerMesh();
        await mesh.StartKafka();
        await mesh.StartRegistry();
        var worker = await StartWorker(mesh);

        for (var i = 0; i < 300; i++)
        {
            await Write(mesh, server, random);
            switch (i)
            {
                case 100:
                    await worker.Process.Kill();
                    worker = await StartWorker(mesh);
                    break;
                case 150:
                    await mesh.Kafka!.Kill();
                    break;
                case 200:
                    await mesh.Registry!.Kill();
                    await mesh.StartRegistry();
                    break;
                case 250:
                    await mesh.StartKafka();
                    break;
            }
        }

        // The broker has just come back: before the worker has its shards it does nothing, which is not a sign of rest.
        await Eventually.True(async () => await worker.OwnedShards() == 64, TimeSpan.FromSeconds(60), "the worker owns all shards");

        // What probes still have to find out: the longest row of them, then one sweep.
        var worked = await Quiet(mesh, worker);
        var head = await mesh.Head();
        Assert.True(worked, $"the log still grows, head {head}");
        var sweeps = await worker.Sweeps();
        await Eventually.True(async () => await worker.Sweeps() >= sweeps + 2, TimeSpan.FromSeconds(60), "two more sweeps");
        Assert.Equal(head, await mesh.Head());
        var events = await mesh.Get($"/api/v1/events?after={Math.Max(0, head - 500)}&limit=500");
        Assert.All(events.GetProperty("items").EnumerateArray(), entry => Assert.InRange(entry.GetProperty("depth").GetInt32(), 0, 2));
        Assert.Empty((await worker.Status()).GetProperty("parked").EnumerateArray());
    }

    private static Task<WorkerProcess> StartWorker(WorkerMesh mesh) =>
        mesh.StartWorker(("Mesh__Reconciling__SweepInterval", Sweep.ToString()));

    // True once the head has stood still for as long as a sweep takes, the probes' thresholds included.
    private static async Task<bool> Quiet(WorkerMesh mesh, WorkerProcess worker)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(deadline) < TimeSpan.FromSeconds(60))
        {
            var head = await mesh.Head();
            var sweeps = await worker.Sweeps();
            await Eventually.True(async () => await worker.Sweeps() >= sweeps + 2, TimeSpan.FromSeconds(60), "sweeps go on");
            if (await mesh.Head() == head) return true;
        }

        return false;
    }

    private static async Task Write(WorkerMesh mesh, CountingServer server, Random random)
    {
        var service = $"s{random.Next(8)}";
        var instance = $"i{random.Next(5)}";
        var path = $"/{service}/{instance}";
        switch (random.Next(10))
        {
            case < 6:
                object? check = random.Next(3) == 0
                    ? null
                    : new { kind = "http", path, interval = "500ms", timeout = "400ms", rise = 1, fall = 1 };
                await mesh.Send(HttpMethod.Post, "/api/discovery/register", new
                {
                    name = service, instanceId = instance, address = "127.0.0.1", port = server.Port, weight = random.Next(1, 200),
                    version = $"v{random.Next(3)}", healthCheck = check,
                });
                break;
            case 6:
                await mesh.Send(HttpMethod.Delete, $"/api/discovery/deregister?name={service}&instanceId={instance}");
                break;
            case 7:
                await mesh.Send(HttpMethod.Post, "/api/discovery/mode",
                    new { name = service, instanceId = instance, mode = random.Next(2) == 0 ? "maintenance" : "active" });
                break;
            default:
                // Each path falls at most once, so that none begins to flap and is held for minutes.
                server.Answer(path, 503);
                break;
        }
    }
}
