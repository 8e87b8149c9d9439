using System.Threading.Channels;
using Mesh.Kernel.Kafka;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.ServiceDefaults.Connections;
using Mesh.Tests.Kernel.Replication;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Kernel.Kafka;

public class KafkaFeedTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_busy_replica_pauses_the_feed_and_loses_nothing()
    {
        await using var kafka = new TestKafka();
        var settings = new MeshKafkaSettings { BootstrapServers = kafka.BootstrapServers, FetchWaitMaxMs = 5 };
        var feed = new KafkaFeed(settings, TimeProvider.System, new TestLog("feed").For<KafkaFeed>());
        var inbox = Channel.CreateBounded<ReplicaNews>(1);
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
        while (sequences.Count < Count && await inbox.Reader.ReadAsync(Cancel) is ReplicaNews.Entries news) sequences.UnionWith(news.Items.Select(entry => entry.Sequence));
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
        var inbox = Channel.CreateBounded<ReplicaNews>(100);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = feed.RunAsync(inbox.Writer, new MeshReplica(new StateFolder([new CounterFold()]), TimeProvider.System), stop.Token);
        await Eventually.True(() => feed.Status.State == FeedState.Live, ReplicaHarness.Deadline, "the feed is live");

        var log = new LogMaker();
        var entries = Enumerable.Range(1, 3).Select(i => log.Append(("same-stream", i))[0]).ToArray();
        using (var producer = kafka.NewProducer())
        {
            await producer.ProduceAsync(settings.Topic, new() { Key = EventMessage.Of(entries[0]).Key, Value = "not ours"u8.ToArray() }, Cancel);
            await producer.ProduceAsync(settings.Topic, EventMessage.Of(entries[0], withData: false), Cancel);
            var damaged = EventMessage.Of(entries[1]);
            damaged.Headers.Remove(EventHeader.Count);
            await producer.ProduceAsync(settings.Topic, damaged, Cancel);
            await producer.ProduceAsync(settings.Topic, EventMessage.Of(entries[2]), Cancel);
        }

        var news = Assert.IsType<ReplicaNews.Entries>(await inbox.Reader.ReadAsync(Cancel));
        Assert.Equal(3, Assert.Single(news.Items).Sequence);
        await stop.CancelAsync();
        await running;
    }
}
