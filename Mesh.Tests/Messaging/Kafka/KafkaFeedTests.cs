using System.Threading.Channels;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Messaging.Connections;
using Mesh.Messaging.Kafka;
using Mesh.Tests.Kernel.Replication;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Messaging.Kafka;

public class KafkaFeedTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_busy_replica_pauses_the_feed_and_loses_nothing()
    {
        await using var kafka = new TestKafka();
        var settings = new MeshKafkaSettings { BootstrapServers = kafka.BootstrapServers, FetchWaitMaxMs = 5 };
        var feed = new KafkaFeed(settings, TimeProvider.System, new TestLog("feed").For<KafkaFeed>());
        var inbox = Channel.CreateBounded<ReplicaMessage>(1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = feed.RunAsync(inbox.Writer, new MeshReplica(new StateFolder([new CounterFold()]), TimeProvider.System), stop.Token);
        await Eventually.True(() => feed.Status.State == FeedState.Live, ReplicaHarness.Deadline, "the feed is live");

        const int Count = 3_000;
        var log = new LogMaker();
        using (var producer = kafka.NewProducer())
        {
            for (var i = 1; i <= Count; i++) producer.Produce(settings.Topic, EventMessage.Of(log.Append(($"c{i % 10}", i))[0]));
            producer.Flush(ReplicaHarness.Deadline);
        }

        // Nobody has read yet: all but the first batches wait in the broker.
        var sequences = new HashSet<long>();
        while (sequences.Count < Count && await inbox.Reader.ReadAsync(Cancel) is ReplicaMessage.Entries news)
            sequences.UnionWith(news.Items.Select(entry => entry.Sequence));
        Assert.Equal(Count, sequences.Count);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Messages_that_are_no_entries_or_have_lost_their_payload_are_passed_over()
    {
        await using var kafka = new TestKafka();
        var settings = new MeshKafkaSettings { BootstrapServers = kafka.BootstrapServers, FetchWaitMaxMs = 5 };
        var feed = new KafkaFeed(settings, TimeProvider.System, new TestLog("feed").For<KafkaFeed>());
        var inbox = Channel.CreateBounded<ReplicaMessage>(100);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = feed.RunAsync(inbox.Writer, new MeshReplica(new StateFolder([new CounterFold()]), TimeProvider.System), stop.Token);
        await Eventually.True(() => feed.Status.State == FeedState.Live, ReplicaHarness.Deadline, "the feed is live");

        var log = new LogMaker();
        var entries = Enumerable.Range(1, 3).Select(i => log.Append(("same-stream", i))[0]).ToArray();
        using (var producer = kafka.NewProducer())
        {
            await producer.ProduceAsync(settings.Topic, new() { Key = EventMessage.Of(entries[0]).Key, Value = "not ours"u8.ToArray() },
                Cancel);
            await producer.ProduceAsync(settings.Topic, EventMessage.Of(entries[0], withData: false), Cancel);
            var damaged = EventMessage.Of(entries[1]);
            damaged.Headers.Remove(EventHeader.Count);
            await producer.ProduceAsync(settings.Topic, damaged, Cancel);
            await producer.ProduceAsync(settings.Topic, EventMessage.Of(entries[2]), Cancel);
        }

        var news = Assert.IsType<ReplicaMessage.Entries>(await inbox.Reader.ReadAsync(Cancel));
        Assert.Equal(3, Assert.Single(news.Items).Sequence);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Entries_that_the_replica_has_are_passed_over_undecoded_and_others_of_the_same_sequence_are_not()
    {
        await using var kafka = new TestKafka();
        var settings = new MeshKafkaSettings { BootstrapServers = kafka.BootstrapServers, FetchWaitMaxMs = 5 };
        var feed = new KafkaFeed(settings, TimeProvider.System, new TestLog("feed").For<KafkaFeed>());
        var replica = new MeshReplica(new StateFolder([new CounterFold()]), TimeProvider.System);
        var inbox = Channel.CreateBounded<ReplicaMessage>(100);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = feed.RunAsync(inbox.Writer, replica, stop.Token);
        await Eventually.True(() => feed.Status.State == FeedState.Live, ReplicaHarness.Deadline, "the feed is live");

        var log = new LogMaker();
        var entries = Enumerable.Range(1, 3).Select(i => log.Append(("same-stream", i))[0]).ToArray();
        replica.Known.Add(1, entries[0].Hash);
        replica.Known.Add(2, entries[0].Hash);
        using (var producer = kafka.NewProducer())
        {
            // Were the first decoded, its damage would be noticed; the second is another entry than the replica has there.
            var damaged = EventMessage.Of(entries[0]);
            damaged.Headers.Remove(EventHeader.Count);
            await producer.ProduceAsync(settings.Topic, damaged, Cancel);
            foreach (var entry in entries) await producer.ProduceAsync(settings.Topic, EventMessage.Of(entry), Cancel);
        }

        var sequences = new List<long>();
        while (sequences.Count < 2 && await inbox.Reader.ReadAsync(Cancel) is ReplicaMessage.Entries news)
            sequences.AddRange(news.Items.Select(entry => entry.Sequence));
        Assert.Equal([2, 3], sequences);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Beside_a_live_stream_fetches_are_long_and_without_one_they_become_short_and_nothing_is_lost_in_between()
    {
        await using var kafka = new TestKafka();
        var settings = new MeshKafkaSettings { BootstrapServers = kafka.BootstrapServers, FetchWaitMaxMs = 5, SpareFetchWaitMaxMs = 100 };
        var test = new TestLog("feed");
        var feed = new KafkaFeed(settings, TimeProvider.System, test.For<KafkaFeed>());
        var stream = new FeedStatus("taillog", FeedState.Live);
        var replica = new MeshReplica(new StateFolder([new CounterFold()]), TimeProvider.System)
        {
            Report = status => status with { Feeds = [feed.Status, Volatile.Read(ref stream)] },
        };
        var inbox = Channel.CreateBounded<ReplicaMessage>(1_000);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = feed.RunAsync(inbox.Writer, replica, stop.Token);
        await Eventually.True(() => feed.Status.State == FeedState.Live, ReplicaHarness.Deadline, "the feed is live");

        var log = new LogMaker();
        var produced = 0;
        using var producer = kafka.NewProducer();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(ReplicaHarness.Deadline);
        var sequences = new HashSet<long>();
        async Task ReadUntilAsync(int missing)
        {
            while (produced - sequences.Count > missing && await inbox.Reader.ReadAsync(patience.Token) is ReplicaMessage.Entries news)
                sequences.UnionWith(news.Items.Select(entry => entry.Sequence));
        }

        // Writes go on while one consumer takes over from the other, in both directions; some are always on their way.
        foreach (var state in (FeedState[])[FeedState.Connecting, FeedState.Live, FeedState.Connecting])
        {
            Volatile.Write(ref stream, stream with { State = state });
            for (var since = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(since) < FeedPace.Patience * 1.5;)
            {
                await producer.ProduceAsync(settings.Topic, EventMessage.Of(log.Append(($"c{++produced % 10}", produced))[0]), Cancel);
                await ReadUntilAsync(50);
            }
        }

        await ReadUntilAsync(0);
        await stop.CancelAsync();
        await running;
    }
}
