using Mesh.Kernel.Log;
using Mesh.Messaging.Kafka;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Messaging.Kafka;
using Mesh.Tests.Support;

namespace Mesh.Tests.Kernel.Replication;

/// <summary>Writer, relay, broker, log service and replicas together, as the hosts have them.</summary>
public class FeedFlowTests
{
    private const string Topic = "cdaprod.mesh.events";

    [Theory]
    [InlineData("kafka")]
    [InlineData("taillog")]
    [InlineData("both")]
    public async Task A_write_reaches_a_replica_by_either_feed_alone_and_by_both(string feeds)
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using var registry = new RegistryHarness(folder.Path, kafka.BootstrapServers);
        await registry.StartAsync();
        await registry.SetAsync(("before", 1));
        await using var replica = new ReplicaHost(registry.Address, kafka.BootstrapServers, feeds);
        await replica.StartAsync();
        await replica.Live();
        for (var i = 1; i <= 50; i++) await registry.SetAsync(("a", i), ("b", 100 - i), ($"c{i % 7}", i));
        await replica.Holds(registry.State, "all writes have come");
        Assert.Equal(0, replica.Replica.Status.Discards);
    }

    [Fact]
    public async Task A_broker_that_dies_and_comes_back_empty_on_another_port_costs_no_write_and_no_replica_anything()
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using var registry = new RegistryHarness(folder.Path, kafka.BootstrapServers);
        await registry.StartAsync();
        await using var alone = new ReplicaHost(registry.Address, kafka.BootstrapServers, "kafka");
        await using var both = new ReplicaHost(registry.Address, kafka.BootstrapServers);
        await alone.StartAsync();
        await both.StartAsync();
        await alone.Live();
        await both.Live();
        await registry.SetAsync(("a", 1));
        await both.Holds(registry.State, "before");

        kafka.Stop();
        for (var i = 2; i <= 20; i++) await registry.SetAsync(("a", i));
        await both.Holds(registry.State, "TailLog alone suffices");
        await alone.Holds(registry.State, "gaps are filled from the log");
        await Eventually.True(() => registry.Relay.Status.Lag > 0, ReplicaHarness.Deadline, "the lag is told");

        kafka.Start();
        await Eventually.True(() => registry.Relay.Status is { State: RelayState.Relaying, Lag: 0 }, TimeSpan.FromSeconds(60),
            "the relay has caught up");
        await alone.Live();
        await both.Live();
        await registry.SetAsync(("a", 100));
        await alone.Holds(registry.State, "Kafka feeds again");
        await both.Holds(registry.State, "and both do");
        var published = await kafka.ReadAll(Topic,
            messages => messages.Select(EventMessage.TryRead).OfType<LogEntry>().Any(entry => entry.Sequence == registry.State.Sequence),
            ReplicaHarness.Deadline);
        Assert.Contains(published, message => EventMessage.TryRead(message)?.Sequence == 2);
    }

    [Fact]
    public async Task A_restarted_Registry_goes_on_where_it_was_and_Kafka_feeds_meanwhile()
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using var registry = new RegistryHarness(folder.Path, kafka.BootstrapServers);
        await registry.StartAsync();
        await using var replica = new ReplicaHost(registry.Address, kafka.BootstrapServers);
        await replica.StartAsync();
        await replica.Live();
        await registry.SetAsync(("a", 1));
        await replica.Holds(registry.State, "before the Registry dies");
        await registry.StopAsync();

        // What was on its way when the Registry died: only Kafka has it for the replica.
        var (store, late) = await AppendAsync(registry.Database, ("late", 1));
        using (var producer = kafka.NewProducer())
        {
            foreach (var entry in late) await producer.ProduceAsync(Topic, EventMessage.Of(entry), TestContext.Current.CancellationToken);
        }

        await Eventually.True(() => replica.Value("late") == 1, ReplicaHarness.Deadline, "Kafka feeds without a Registry");
        await store.DisposeAsync();
        await registry.StartAsync();
        await registry.SetAsync(("a", 2));
        await replica.Holds(registry.State, "after the restart");
        await replica.Live();
        Assert.Equal(0, replica.Replica.Status.Discards);
    }

    [Theory]
    [InlineData("wiped")]
    [InlineData("restored")]
    [InlineData("truncated")]
    public async Task A_wiped_restored_or_truncated_database_under_live_replicas_ends_with_all_equal_to_the_log(string how)
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using var registry = new RegistryHarness(folder.Path, kafka.BootstrapServers);
        await registry.StartAsync();
        for (var i = 1; i <= 5; i++) await registry.SetAsync(("a", i), ("b", i));
        await registry.StopAsync();
        var copy = Path.Combine(folder.Path, "copy");
        Copy(folder.Path, copy);
        await registry.StartAsync();

        await using var alone = new ReplicaHost(registry.Address, kafka.BootstrapServers, "kafka");
        await using var tail = new ReplicaHost(registry.Address, null, "taillog");
        await using var both = new ReplicaHost(registry.Address, kafka.BootstrapServers);
        ReplicaHost[] replicas = [alone, tail, both];
        foreach (var replica in replicas) await replica.StartAsync();
        for (var i = 6; i <= 9; i++) await registry.SetAsync(("lost", i), ("b", i));
        foreach (var replica in replicas) await replica.Holds(registry.State, "before");

        await registry.StopAsync();
        foreach (var file in Directory.GetFiles(folder.Path)) File.Delete(file);
        if (how != "wiped") Copy(copy, folder.Path);
        if (how == "restored")
        {
            await using var store = new SqliteLogStore(registry.Database);
            await store.OpenAsync(TestContext.Current.CancellationToken);
            await store.RaiseEpochAsync(TestContext.Current.CancellationToken);
        }

        await registry.StartAsync();
        foreach (var replica in replicas) await replica.Holds(registry.State, $"{how}: the log wins");
        await registry.SetAsync(("after", 1));
        foreach (var replica in replicas)
        {
            await replica.Holds(registry.State, $"{how}: and is followed");
            Assert.Equal(0, replica.Value("lost"));
            Assert.True(replica.Replica.Status.Discards >= 1, $"{replica.Name} has not told of it");
        }

        await Eventually.True(() => registry.Relay.Status is { State: RelayState.Relaying, Lag: 0 }, ReplicaHarness.Deadline,
            "the relay has followed the log too");
    }

    [Fact]
    public async Task One_of_several_Registry_addresses_suffices()
    {
        using var folder = new TempFolder();
        await using var registry = new RegistryHarness(folder.Path, null);
        await registry.StartAsync();
        await registry.SetAsync(("a", 1));
        await using var replica = new ReplicaHost($"http://127.0.0.1:{FreePort.Next()},{registry.Address}", null);
        await replica.StartAsync();
        await replica.Holds(registry.State, "the second address answers");
    }

    private static async Task<(SqliteLogStore Store, IReadOnlyList<LogEntry> Entries)> AppendAsync(string database,
        params (string Name, int Value)[] values)
    {
        var store = new SqliteLogStore(database);
        var head = await store.OpenAsync(TestContext.Current.CancellationToken);
        var entries = LogMaker.Continue(head, values);
        Assert.True(await store.TryAppendAsync(head, new LogBatch(entries, []), TestContext.Current.CancellationToken));
        return (store, entries);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
