using Mesh.Tests.Support;
using Mesh.Tests.Worker.Support;

namespace Mesh.Tests.Worker;

/// <summary>Real processes: a Registry, two workers, a Kafka.</summary>
public class WorkerFailoverTests
{
    private const int Services = 40;

    [Fact]
    public async Task Two_workers_share_the_probes_and_every_probe_of_a_killed_one_runs_again_within_10_seconds()
    {
        await using var server = await CountingServer.Start();
        await using var mesh = new WorkerMesh();
        await mesh.StartKafka();
        await mesh.StartRegistry();
        var first = await mesh.StartWorker();
        var second = await mesh.StartWorker();
        var paths = await Register(mesh, server);
        await Eventually.True(
            async () => await first.OwnedShards() == 32 && await second.OwnedShards() == 32, TimeSpan.FromSeconds(60),
            "each owns half of the shards");
        await AllProbed(server, paths, TimeSpan.FromSeconds(60), "every service is probed");

        await first.Process.Kill();
        await AllProbed(server, paths, TimeSpan.FromSeconds(10), "every probe of the killed worker runs again");
        await Eventually.True(async () => await second.OwnedShards() == 64, TimeSpan.FromSeconds(60), "the other one owns all shards");

        // And one that is told to end hands over no later. How soon a group settles is for the broker to say, and this one waits for most
        // of a session's time.
        var third = await mesh.StartWorker();
        await Eventually.True(async () => await third.OwnedShards() == 32, TimeSpan.FromSeconds(60), "a new worker gets its share");
        Assert.Equal(0, await second.Process.Terminate());
        await AllProbed(server, paths, TimeSpan.FromSeconds(10), "every probe of the ended worker runs again");
    }

    [Fact]
    public async Task With_Kafka_gone_probing_goes_on_and_a_worker_that_starts_then_works_too()
    {
        await using var server = await CountingServer.Start();
        await using var mesh = new WorkerMesh();
        await mesh.StartKafka();
        await mesh.StartRegistry();
        var worker = await mesh.StartWorker();
        var paths = await Register(mesh, server);
        await AllProbed(server, paths, TimeSpan.FromSeconds(60), "every service is probed");

        await mesh.Kafka!.Kill();
        var gone = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(gone) < TimeSpan.FromSeconds(8))
            // Sooner than a worker without Kafka would take all shards again.
            await AllProbed(server, paths, TimeSpan.FromSeconds(7), "probing goes on without Kafka");
        server.Answer(paths[0], 500);
        await Eventually.True(async () => await mesh.HealthOf("s0") == "critical", TimeSpan.FromSeconds(60),
            "verdicts still reach the log");

        await worker.Process.Kill();
        var next = await mesh.StartWorker();
        await AllProbed(server, paths, TimeSpan.FromSeconds(60), "a worker that starts without Kafka takes all of the work");
        Assert.Equal(64, await next.OwnedShards());
    }

    private static async Task<string[]> Register(WorkerMesh mesh, CountingServer server)
    {
        var paths = new string[Services];
        for (var i = 0; i < Services; i++)
        {
            paths[i] = $"/s{i}";
            var body = new { name = $"s{i}", url = $"http://127.0.0.1:{server.Port}",
                healthCheck = new { kind = "http", path = paths[i], interval = "1s", timeout = "1s" } };
            Assert.InRange(await mesh.Send(HttpMethod.Post, "/api/discovery/register", body), 200, 201);
        }

        return paths;
    }

    private static async Task AllProbed(CountingServer server, string[] paths, TimeSpan deadline, string because)
    {
        server.Reset();
        await Eventually.True(() => paths.All(path => server.Hits(path) > 0), deadline, because);
    }
}
