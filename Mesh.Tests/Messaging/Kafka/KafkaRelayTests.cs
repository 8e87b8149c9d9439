using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Mesh.Kernel.Log;
using Mesh.Messaging.Connections;
using Mesh.Messaging.Kafka;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using static Mesh.Tests.Messaging.Kafka.Relays;

namespace Mesh.Tests.Messaging.Kafka;

public class KafkaRelayTests
{
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

        Assert.Equal(await writer.EntriesAsync(), entries.OrderBy(entry => entry.Sequence),
            (one, other) => one!.Sequence == other!.Sequence && one.Hash == other.Hash);
        foreach (var stream in entries.GroupBy(entry => entry.Stream)) Assert.Equal(stream.OrderBy(entry => entry.StreamVersion), stream);
        await Eventually.True(() => relay.Status is { State: RelayState.Relaying, Lag: 0, Published: 60 }, Deadline, "all is acknowledged");
        await Eventually.True(
            async () => (await RelayPosition.LoadAsync(writer.Store, TestContext.Current.CancellationToken))?.Sequence == 60, Deadline,
            "the position is kept");
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
            await Eventually.True(() => relay.Status is { Lag: 0, Published: 1 }, Deadline, "it knows that the first is published");
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

        // The second one's clock goes on only after the first has beaten again, for longer than a dead one is waited for.
        var clock = new FakeTimeProvider();
        using var second = new KafkaRelay(
            writer.Store, writer.Log.Feed, writer.Log, [], new MeshKafkaSettings { BootstrapServers = kafka.BootstrapServers }, clock,
            new TestMeters(), new TestLog("second").For<KafkaRelay>());
        await second.StartAsync(TestContext.Current.CancellationToken);
        await writer.SetAsync("a", 1);
        await ReadEntries(kafka, 1);
        for (var waited = TimeSpan.Zero; waited <= RelayLease.Patience; waited += RelayLease.BeatEvery)
        {
            var beat = await Beat(writer);
            await Eventually.True(async () => await Beat(writer) > beat, Deadline, "the first one beats");
            clock.Advance(RelayLease.BeatEvery);
        }

        Assert.Equal(RelayState.Standby, second.Status.State);
        await Eventually.True(() => first.Status is { State: RelayState.Relaying, Lag: 0, Published: 1 }, Deadline,
            "the first one knows what it has published");

        await first.StopAsync(TestContext.Current.CancellationToken);
        await writer.SetAsync("a", 2);
        await Eventually.True(
            () =>
            {
                clock.Advance(RelayLease.BeatEvery);
                return second.Status is { State: RelayState.Relaying, Lag: 0 };
            },
            Deadline, "the second has taken over");
        Assert.Equal([1L, 2L], (await ReadEntries(kafka, 2)).Select(entry => entry.Sequence));

        // A Registry on another machine that was killed leaves its name and a beat that stands still.
        await second.StopAsync(TestContext.Current.CancellationToken);
        await new RelayPosition(2, "elsewhere/1/dead", 99).SaveAsync(writer.Store, TestContext.Current.CancellationToken);
        using var third = NewRelay(writer, kafka.BootstrapServers);
        await third.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.True(() => third.Status.State == RelayState.Relaying, TimeSpan.FromSeconds(10),
            "a dead owner is replaced within seconds");
        await third.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Another_log_under_a_live_relay_is_published_from_its_first_entry()
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using (var other = await WriterHarness.StartAsync(folder.File("other.db")))
        {
            for (var i = 1; i <= 9; i++) await other.SetAsync("z", i);
        }

        await using var writer = await WriterHarness.StartAsync(folder.File("mesh.db"), shared: true);
        using var relay = NewRelay(writer, kafka.BootstrapServers);
        await relay.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 1; i <= 4; i++) await writer.SetAsync("a", i);
        await ReadEntries(kafka, 4);
        await writer.Store.ExchangeAsync(new Mesh.Storage.Sqlite.SqliteLogStore(folder.File("other.db")));
        var entries = await ReadEntries(kafka, 13);
        Assert.Equal(Enumerable.Range(1, 9).Select(n => (long)n),
            entries.Where(entry => entry.Stream == "counters/z").Select(entry => entry.Sequence).Distinct());
        await relay.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_position_counts_for_the_log_that_it_was_taken_in()
    {
        var log = new LogIdentity(Guid.CreateVersion7(), 3);
        Assert.Equal(40, new RelayPosition(40, null, 1, log.LogId).SequenceIn(log with { Epoch = 4 }));
        Assert.Equal(0, new RelayPosition(40, null, 1, Guid.CreateVersion7()).SequenceIn(log));
        Assert.Equal(40, new RelayPosition(40, null, 1).SequenceIn(log));
    }

    [Fact]
    public async Task That_Kafka_is_away_is_said_once_and_once_that_it_is_back()
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        kafka.Stop();
        await using var writer = await WriterHarness.StartAsync(folder.File("mesh.db"));
        var log = new SeenEvents<KafkaRelay>();
        using var relay = new KafkaRelay(writer.Store, writer.Log.Feed, writer.Log, [],
            new MeshKafkaSettings { BootstrapServers = kafka.BootstrapServers }, TimeProvider.System, new TestMeters(), log);
        await relay.StartAsync(TestContext.Current.CancellationToken);
        await writer.SetAsync("a", 1);
        await Eventually.True(() => log.Ids.Count(id => id == 1105) > 5, Deadline, "the client has failed several times");
        kafka.Start();
        await ReadEntries(kafka, 1);
        await Eventually.True(() => log.Ids.Contains(1107), Deadline, "it is back");
        Assert.Equal([1102, 1107], log.Ids.Where(id => id is 1102 or 1107));
        await relay.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task After_a_fatal_error_the_idempotent_producer_is_made_anew_and_goes_on_from_the_last_acknowledged_entry()
    {
        using var folder = new TempFolder();
        await using var kafka = new TestKafka();
        await using var writer = await WriterHarness.StartAsync(folder.File("mesh.db"));
        var log = new SeenEvents<KafkaRelay>();
        using var relay = new KafkaRelay(writer.Store, writer.Log.Feed, writer.Log, [],
            new MeshKafkaSettings { BootstrapServers = kafka.BootstrapServers }, TimeProvider.System, new TestMeters(), log);
        await relay.StartAsync(TestContext.Current.CancellationToken);
        await writer.SetAsync("a", 1);
        await Eventually.True(() => relay.Status is { Lag: 0, Published: 1 }, Deadline, "the first is acknowledged");

        // Sequence numbers out of step on the batch that is next in line cannot be mended by the client: it is fatal to this producer.
        kafka.RefuseProduce(ErrorCode.OutOfOrderSequenceNumber);
        for (var i = 2; i <= 20; i++) await writer.SetAsync("a", i);
        await Eventually.True(() => relay.Status is { State: RelayState.Relaying, Lag: 0, Published: 20 }, Deadline, "all is acknowledged");
        Assert.Equal([1101, 1102, 1101, 1107], log.Ids.Where(id => id is 1101 or 1102 or 1107));
        Assert.Contains("desynchronization", log.Texts.First(text => text.Id == 1102).Text, StringComparison.Ordinal);
        var published = await kafka.ReadAll(Topic,
            all => all.Select(EventMessage.TryRead).OfType<LogEntry>().DistinctBy(entry => entry.Sequence).Count() == 20, Deadline);
        Assert.All(published.Select(EventMessage.TryRead).OfType<LogEntry>().GroupBy(entry => entry.Sequence),
            same => Assert.Single(same.Select(entry => entry.Hash).Distinct()));
        await relay.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_it_measures_ends_with_its_host()
    {
        using var folder = new TempFolder();
        await using var writer = await WriterHarness.StartAsync(folder.File("mesh.db"));
        var meters = new TestMeters();
        List<string> begun = [], ended = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Scope != meters) return;
                begun.Add(instrument.Name);
                self.EnableMeasurementEvents(instrument);
            },
            MeasurementsCompleted = (instrument, _) => ended.Add(instrument.Name),
        };
        listener.Start();
        using var relay = new KafkaRelay(writer.Store, writer.Log.Feed, writer.Log, [], new MeshKafkaSettings(), TimeProvider.System,
            meters, new SeenEvents<KafkaRelay>());
        Assert.Equal(["cdaprod.mesh.relay.lag"], begun);
        meters.Dispose();
        Assert.Equal(begun, ended);
    }

    private static async Task<long> Beat(WriterHarness writer) =>
        (await RelayPosition.LoadAsync(writer.Store, TestContext.Current.CancellationToken))!.Beat;
}
