using System.Text;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Messaging.Kafka;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;
using static Mesh.Tests.Messaging.Kafka.Relays;

namespace Mesh.Tests.Messaging.Kafka;

/// <summary>What is published beside the entries, and what becomes of messages that are too large.</summary>
public class KafkaRelayMessageTests
{
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

    [Fact]
    public async Task An_entry_that_is_too_large_is_published_without_its_payload_and_holds_nothing_up()
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using var writer = await WriterHarness.StartAsync(folder.File("mesh.db"));
        using var relay = NewRelay(writer, kafka.BootstrapServers, 10_000);
        await relay.StartAsync(TestContext.Current.CancellationToken);
        await writer.SendAsync(new AppendRaw(NewEvent.Of("counters/a", new CounterSet(new string('x', 20_000), 1))));
        await writer.SetAsync("b", 2);
        var entries = (await ReadEntries(kafka, 2)).OrderBy(entry => entry.Sequence).ToList();
        Assert.Equal([true, false], entries.Select(entry => entry.DataDropped));
        Assert.Equal((await writer.EntriesAsync())[0].DataHash, entries[0].DataHash);
        await Eventually.True(() => relay.Status is { State: RelayState.Relaying, Lag: 0, Published: 2 }, Deadline,
            "both are acknowledged");
        await relay.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_notification_that_is_too_large_is_left_out_and_holds_nothing_up()
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using var writer = await WriterHarness.StartAsync(folder.File("mesh.db"));
        using var relay = NewRelay(writer, kafka.BootstrapServers, 10_000, new Huge(), new Totals());
        await relay.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 1; i <= 3; i++) await writer.SetAsync("a", i);
        var messages = await kafka.ReadAll(Topic, all => all.Count >= 6, Deadline);
        Assert.Equal([1L, 2L, 3L], messages.Select(EventMessage.TryRead).OfType<LogEntry>().Select(entry => entry.Sequence));
        Assert.DoesNotContain(messages, message => message.Value.Length > 10_000);
        await Eventually.True(() => relay.Status is { State: RelayState.Relaying, Lag: 0, Published: 3 }, Deadline, "all is acknowledged");
        await relay.StopAsync(TestContext.Current.CancellationToken);
    }

    private sealed class Defective : INotificationSource
    {
        public IEnumerable<Notification> NotificationsOf(IReadOnlyList<LogEntry> command, MeshState state) =>
            throw new InvalidOperationException("a module's defect");
    }

    private sealed class Huge : INotificationSource
    {
        public IEnumerable<Notification> NotificationsOf(IReadOnlyList<LogEntry> command, MeshState state) =>
            [new(command[^1], "huge", "test.counters.huge.v1", "counters", new byte[20_000])];
    }

    private sealed class Totals : INotificationSource
    {
        public IEnumerable<Notification> NotificationsOf(IReadOnlyList<LogEntry> command, MeshState state) =>
            [new(command[^1], "total", "test.counters.total.v1", "counters",
                Encoding.UTF8.GetBytes(state.Facts<CounterState>().Values.Values.Sum().ToString()))];
    }
}
