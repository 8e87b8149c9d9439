using Confluent.Kafka;
using Mesh.Kernel.Log;
using Mesh.Messaging.Kafka;
using Mesh.Tests.Messaging.Kafka;
using Mesh.Tests.Support;

namespace Mesh.Tests.Kernel.Replication;

/// <summary>Feeds of several Registries on one PostgreSQL.</summary>
public class SharedLogTests(PostgresServer postgres)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Two_Registries_relay_one_log_once_and_either_suffices_for_replicas()
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        var database = await postgres.NewDatabase();
        await using var one = new RegistryHarness(folder.Path, kafka.BootstrapServers, database);
        await using var two = new RegistryHarness(folder.Path, kafka.BootstrapServers, database);
        await one.StartAsync();
        await Eventually.True(() => one.Relay.Status.State == RelayState.Relaying, Deadline, "the first relays");
        await two.StartAsync();
        await using var alone = new ReplicaHost($"{one.Address},{two.Address}", kafka.BootstrapServers, "kafka");
        await using var tail = new ReplicaHost($"{one.Address},{two.Address}", null, "taillog");
        await using var both = new ReplicaHost($"{two.Address},{one.Address}", kafka.BootstrapServers);
        ReplicaHost[] replicas = [alone, tail, both];
        foreach (var replica in replicas) await replica.StartAsync();
        foreach (var replica in replicas) await replica.Live();

        var last = 0L;
        for (var i = 1; i <= 20; i++) last = await (i % 2 == 0 ? one : two).SetAsync(("a", i), ($"b{i % 3}", i));
        await Holds(last, two, replicas);

        // Both beat against each other's patience: on a machine that stood still for seconds it may be the second one that relays.
        await Eventually.True(
            () => (one.Relay.Status.State,
                two.Relay.Status.State) is (RelayState.Relaying, RelayState.Standby) or (RelayState.Standby, RelayState.Relaying),
            Deadline, "one relays, the other stands by");
        var (leaving, staying) = one.Relay.Status.State == RelayState.Relaying ? (one, two) : (two, one);
        await leaving.StopAsync();
        for (var i = 21; i <= 30; i++) last = await staying.SetAsync(("a", i), ($"b{i % 3}", i));
        await Holds(last, staying, replicas);
        await Eventually.True(() => staying.Relay.Status is { State: RelayState.Relaying, Lag: 0 }, Deadline, "the other has taken over");
        var published = await kafka.ReadAll("cdaprod.mesh.events", messages => Sequences(messages).Length >= last, Deadline);
        Assert.Equal(Enumerable.Range(1, (int)last).Select(i => (long)i), Sequences(published));
        foreach (var replica in replicas) Assert.Equal(0, replica.Replica.Status.Discards);
    }

    private static long[] Sequences(IEnumerable<Message<byte[], byte[]>> messages) =>
        [.. messages.Select(EventMessage.TryRead).OfType<LogEntry>().Select(entry => entry.Sequence).Distinct().Order()];

    private static async Task Holds(long sequence, RegistryHarness registry, ReplicaHost[] replicas)
    {
        await Eventually.True(() => registry.State.Sequence >= sequence, Deadline, "the Registry has followed the other's writes");
        foreach (var replica in replicas) await replica.Holds(registry.State, $"all up to {sequence} have come");
    }
}
