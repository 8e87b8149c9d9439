using System.Diagnostics;
using System.Globalization;
using Mesh.Messaging.Connections;
using Mesh.Messaging.Redis;
using Mesh.Tests.Support;
using Mesh.Xds.Resources;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Mesh.Tests.ControlPlane;

public class AppliedMirrorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Any_control_plane_answers_for_all_and_for_its_own_while_redis_is_away()
    {
        await using var redis = new RedisProgram();
        await redis.Start();
        var replica = new FakeReplica();
        replica.Register("echo", "10.0.0.1");
        await using var one = await Start(replica, "cp-one", redis);
        await using var two = await Start(replica, "cp-two", redis);
        using var first = new DeltaClient(one, "client-of-one", "*");
        await first.Subscribe(XdsTypes.Cluster, "*");
        await first.Until(_ => true);
        using var second = new DeltaClient(two, "client-of-two", "*");
        await second.Subscribe(XdsTypes.Cluster, "*");
        await second.Until(_ => true);

        foreach (var host in new[] { one, two })
        {
            await Eventually.True(
                async () => (await host.Proxies()).Select(p => (p.Node, p.ControlPlane, p.Types.SingleOrDefault()?.State))
                    .SequenceEqual([("client-of-one", "cp-one", "SYNCED"), ("client-of-two", "cp-two", "SYNCED")]),
                Patience, "both clients are listed by both");
        }

        second.Dispose();
        await Eventually.True(async () => (await one.Proxies()) is [{ Node: "client-of-one" }], Patience,
            "a client that left is no longer listed");
        await redis.Process.Kill();
        // Redis's client gives up after 5 s by itself; a machine that stands still for so long does not do so each time.
        var fastest = TimeSpan.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.Equal("client-of-one", (await one.Proxies()).Single().Node);
            fastest = TimeSpan.FromTicks(Math.Min(fastest.Ticks, Stopwatch.GetElapsedTime(started).Ticks));
        }

        Assert.InRange(fastest, TimeSpan.Zero, TimeSpan.FromSeconds(4));
        Assert.Empty(await two.Proxies());
    }

    [Theory]
    [InlineData(-120)]
    [InlineData(120)]
    public async Task A_control_plane_whose_clock_is_minutes_off_is_seen_by_the_others_and_sees_them(int seconds)
    {
        await using var redis = new RedisProgram();
        await redis.Start();
        var replica = new FakeReplica();
        replica.Register("echo", "10.0.0.1");
        await using var right = await Start(replica, "cp-right", redis);
        await using var off = await Start(replica, "cp-off", redis, new ShiftedTime(TimeSpan.FromSeconds(seconds)));
        using var first = new DeltaClient(right, "client-of-right", "*");
        await first.Subscribe(XdsTypes.Cluster, "*");
        using var second = new DeltaClient(off, "client-of-off", "*");
        await second.Subscribe(XdsTypes.Cluster, "*");
        await BothAreListed();

        // They stay: each writes once a second, and clears away whom it takes for dead.
        await using var connection = await redis.Connect();
        var written = await Written();
        await Eventually.True(async () => await Written() >= written + 6, Patience, "both have written three times more");
        await BothAreListed();

        async Task BothAreListed()
        {
            foreach (var host in new[] { right, off })
                await Eventually.True(
                    async () => (await host.Proxies()).Select(p => p.Node).SequenceEqual(["client-of-off", "client-of-right"]), Patience,
                    "both clients are listed");
        }

        async Task<long> Written() => (await connection.GetServer("127.0.0.1", redis.Port).InfoAsync("commandstats")).SelectMany(g => g)
            .Where(e => e.Key == "cmdstat_zremrangebyscore")
            .Select(e => long.Parse(e.Value.Split(',')[0].Split('=')[1], CultureInfo.InvariantCulture)).SingleOrDefault();
    }

    [Fact]
    public async Task What_could_not_be_written_is_written_later_though_readers_found_redis_there()
    {
        await using var redis = new RedisProgram();
        await redis.Start();
        var replica = new FakeReplica();
        replica.Register("echo", "10.0.0.1");
        await using var one = await Start(replica, "cp-one", redis);
        await using var two = await Start(replica, "cp-two", redis);
        using var leaving = new DeltaClient(two, "leaving", "*");
        await leaving.Subscribe(XdsTypes.Cluster, "*");
        await leaving.Until(_ => true);
        await Eventually.True(async () => (await one.Proxies()) is [{ Node: "leaving" }], Patience, "the client is listed by the other");

        // Redis answers readers and rejects writers, as one does that has lost its replicas.
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},allowAdmin=true");
        var server = admin.GetServer("127.0.0.1", redis.Port);
        await server.ConfigSetAsync("min-replicas-to-write", 1);
        leaving.Dispose();
        await Eventually.True(async () => !(await two.Proxies()).Any(), Patience, "its own control plane has noticed");
        var refused = await Refused(server);
        await Eventually.True(
            async () =>
            {
                await one.Proxies();
                await two.Proxies();
                return await Refused(server) >= refused + 6;
            },
            Patience, "both have written in vain, and read");
        await server.ConfigSetAsync("min-replicas-to-write", 0);

        await Eventually.True(async () => !(await one.Proxies()).Any(), Patience, "the client that left is no longer listed");
    }

    [Fact]
    public async Task A_worker_sees_the_clients_of_every_control_plane_also_when_one_has_started_again()
    {
        await using var redis = new RedisProgram();
        await redis.Start();
        var replica = new FakeReplica();
        replica.Register("echo", "10.0.0.1");
        await using var one = await Start(replica, "cp-one", redis);
        var two = await Start(replica, "cp-two", redis);
        await using var connection = await redis.Connect();
        var table = new RedisAppliedTable(connection, () => replica.Current.Position.Log, TimeProvider.System);
        using var first = await Client(one, "client-of-one");
        var second = await Client(two, "client-of-two");
        await Sees("client-of-one cp-one", "client-of-two cp-two");

        second.Dispose();
        await two.DisposeAsync();
        await Sees("client-of-one cp-one");
        await using var again = await Start(replica, "cp-two", redis);
        using var third = await Client(again, "client-of-two");
        await Sees("client-of-one cp-one", "client-of-two cp-two");

        await redis.Process.Kill();
        await Eventually.True(
            async () => (await table.SeeAsync(TestContext.Current.CancellationToken)).Blind?.Contains("Redis is unavailable",
                StringComparison.Ordinal) == true, Patience, "it knows that it sees nobody");

        Task Sees(params string[] clients) => Eventually.True(
            async () => await table.SeeAsync(TestContext.Current.CancellationToken) is { Blind: null } seen
                && seen.Clients.Where(c => c.Types.All(t => t.State == "SYNCED")).Select(c => $"{c.Node} {c.ControlPlane}")
                    .Order(StringComparer.Ordinal).SequenceEqual(clients),
            Patience, string.Join(", ", clients));

        static async Task<DeltaClient> Client(ControlPlaneHarness host, string node)
        {
            var client = new DeltaClient(host, node, "*");
            await client.Subscribe(XdsTypes.Cluster, "*");
            await client.Until(_ => true);
            return client;
        }
    }

    private static async Task<int> Refused(IServer server) =>
        (await server.InfoAsync("errorstats")).SelectMany(g => g).Where(e => e.Key == "errorstat_NOREPLICAS")
            .Select(e => int.Parse(e.Value.Split('=')[1], CultureInfo.InvariantCulture)).SingleOrDefault();

    private static Task<ControlPlaneHarness> Start(FakeReplica replica, string name, RedisProgram redis, TimeProvider? time = null) =>
        ControlPlaneHarness.Start(
        replica,
        new Dictionary<string, string?> { ["Mesh:ControlPlane:Name"] = name, ["ConnectionStrings:redis"] = redis.ConnectionString },
        builder =>
        {
            builder.AddMeshRedis();
            if (time is not null) builder.Services.AddSingleton(time);
        });
}
