using System.Text;
using Mesh.Kernel.Kafka;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.ServiceDefaults.Connections;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Kernel.Kafka;

public class KafkaRelayTests
{
    private const string Topic = "cdaprod.mesh.events";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Every_entry_is_published_in_order_of_its_stream_and_the_position_follows()
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using var writer = await WriterHarness.StartAsync(folder.File("mesh.db"));
        using var relay = NewRelay(writer, kafka.BootstrapServers);
        await relay.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 1; i <= 30; i++) await writer.SendAsync(new SetCounters(("a", i), ("b", i)));
        var entries = await ReadEntries(kafka, 60);

        Assert.Equal(await writer.EntriesAsync(), entries.OrderBy(entry => entry.Sequence), (one, other) => one!.Sequence == other!.Sequence && one.Hash == other.Hash);
        foreach (var stream in entries.GroupBy(entry => entry.Stream)) Assert.Equal(stream.OrderBy(entry => entry.StreamVersion), stream);
        await Eventually.True(() => relay.Status is { State: RelayState.Relaying, Lag: 0, Published: 60 }, Deadline, "all is acknowledged");
        await Eventually.True(async () => (await RelayPosition.LoadAsync(writer.Store, TestContext.Current.CancellationToken))?.Sequence == 60, Deadline, "the position is kept");
        await relay.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_restarted_relay_goes_on_from_its_position_in_the_database()
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using var writer = await WriterHarness.StartAsync(folder.File("mesh.db"));
        using (var relay = NewRelay(writer, kafka.BootstrapServers))
        {
            await relay.StartAsync(TestContext.Current.CancellationToken);
            await writer.SetAsync("a", 1);
            await ReadEntries(kafka, 1);
            await relay.StopAsync(TestContext.Current.CancellationToken);
        }

        await writer.SetAsync("a", 2);
        using var next = NewRelay(writer, kafka.BootstrapServers);
        await next.StartAsync(TestContext.Current.CancellationToken);
        var sequences = (await ReadEntries(kafka, 2)).Select(entry => entry.Sequence).ToArray();
        Assert.Equal([1, 2], sequences);
        await next.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task While_Kafka_is_away_writes_go_on_and_the_relay_tells_its_lag_and_catches_up()
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        kafka.Stop();
        await using var writer = await WriterHarness.StartAsync(folder.File("mesh.db"));
        using var relay = NewRelay(writer, kafka.BootstrapServers);
        await relay.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 1; i <= 10; i++) Assert.True((await writer.SetAsync("a", i)).Changed);
        await Eventually.True(() => relay.Status is { State: RelayState.Failing, Lag: 10, Problem: not null }, Deadline, "the lag is told");

        kafka.Start();
        Assert.Equal(10, (await ReadEntries(kafka, 10)).Select(entry => entry.Sequence).Distinct().Count());
        await Eventually.True(() => relay.Status is { State: RelayState.Relaying, Lag: 0, Problem: null }, Deadline, "it has caught up");
        await relay.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Of_two_Registries_one_relays_and_the_other_takes_over_when_it_stops_or_dies()
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using var writer = await WriterHarness.StartAsync(folder.File("mesh.db"), shared: true);
        using var first = NewRelay(writer, kafka.BootstrapServers);
        await first.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.True(() => first.Status.State == RelayState.Relaying, Deadline, "the first relays");
        using var second = NewRelay(writer, kafka.BootstrapServers);
        await second.StartAsync(TestContext.Current.CancellationToken);
        await writer.SetAsync("a", 1);
        await ReadEntries(kafka, 1);
        Assert.Equal(RelayState.Standby, second.Status.State);

        await first.StopAsync(TestContext.Current.CancellationToken);
        await writer.SetAsync("a", 2);
        await Eventually.True(() => second.Status is { State: RelayState.Relaying, Lag: 0 }, TimeSpan.FromSeconds(5), "the second has taken over");
        Assert.Equal([1L, 2L], (await ReadEntries(kafka, 2)).Select(entry => entry.Sequence));

        // A Registry on another machine that was killed leaves its name and a beat that stands still.
        await second.StopAsync(TestContext.Current.CancellationToken);
        await new RelayPosition(2, "elsewhere/1/dead", 99).SaveAsync(writer.Store, TestContext.Current.CancellationToken);
        using var third = NewRelay(writer, kafka.BootstrapServers);
        await third.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.True(() => third.Status.State == RelayState.Relaying, TimeSpan.FromSeconds(10), "a dead owner is replaced within seconds");
        await third.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Notifications_are_published_beside_their_command_and_never_appended_and_a_defective_source_costs_only_its_own()
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using var writer = await WriterHarness.StartAsync(folder.File("mesh.db"));
        using var relay = NewRelay(writer, kafka.BootstrapServers, new Defective(), new Totals());
        await relay.StartAsync(TestContext.Current.CancellationToken);
        await writer.SendAsync(new SetCounters(("a", 2), ("b", 3)));
        var messages = await kafka.ReadAll(Topic, all => all.Count >= 3, Deadline);
        var notification = Assert.Single(messages, message => EventMessage.TryRead(message) is null);
        Assert.Equal("2/total", Encoding.UTF8.GetString(notification.Headers.GetLastBytes("ce_id")));
        Assert.Equal("5", Encoding.UTF8.GetString(notification.Value));
        Assert.Equal(2, (await writer.EntriesAsync()).Count);
        await relay.StopAsync(TestContext.Current.CancellationToken);
    }

    private static KafkaRelay NewRelay(WriterHarness writer, string bootstrapServers, params INotificationSource[] notifications) => new(
        writer.Store, writer.Log.Feed, writer.Log, notifications, new MeshKafkaSettings { BootstrapServers = bootstrapServers }, TimeProvider.System, new TestLog("relay").For<KafkaRelay>());

    private static async Task<List<LogEntry>> ReadEntries(TestKafka kafka, int count) =>
        [.. (await kafka.ReadAll(Topic, all => all.Count >= count, Deadline)).Select(EventMessage.TryRead).OfType<LogEntry>()];

    private sealed class Defective : INotificationSource
    {
        public IEnumerable<Notification> NotificationsOf(IReadOnlyList<LogEntry> command, MeshState state) => throw new InvalidOperationException("a module's defect");
    }

    private sealed class Totals : INotificationSource
    {
        public IEnumerable<Notification> NotificationsOf(IReadOnlyList<LogEntry> command, MeshState state) =>
            [new(command[^1], "total", "test.counters.total.v1", "counters", Encoding.UTF8.GetBytes(state.Facts<CounterState>().Values.Values.Sum().ToString()))];
    }
}
