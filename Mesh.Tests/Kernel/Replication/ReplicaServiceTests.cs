using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Kernel.Replication;

public class ReplicaServiceTests
{
    private static readonly StateFolder Folder = new([new CounterFold()]);

    [Theory]
    [InlineData(FeedChoice.Kafka)]
    [InlineData(FeedChoice.TailLog)]
    [InlineData(FeedChoice.Both)]
    public async Task A_replica_attaches_to_an_existing_log_and_follows_it(FeedChoice feeds)
    {
        var log = new MemoryLog(new LogMaker(), Folder);
        log.Append(("a", 1), ("b", 2));
        await using var replica = new ReplicaHarness(log, Folder, feeds);
        await replica.StartAsync();
        await replica.Level("attached");
        Assert.True(replica.Replica.Status is { HasState: true, Attached: true, LastKnownGood: false, Discards: 0, Alert: null });

        var entries = log.Append(("a", 3));
        if (feeds != FeedChoice.TailLog) await replica.Kafka.Deliver(entries);
        await replica.Level("a new entry has come");
        await Eventually.True(() => replica.Replica.Status is { Age: not null, Lag: 0 }, ReplicaHarness.Deadline,
            "it is known to be level");
    }

    [Fact]
    public async Task What_a_feed_has_lost_is_read_from_the_log()
    {
        var log = new MemoryLog(new LogMaker(), Folder);
        await using var replica = new ReplicaHarness(log, Folder, FeedChoice.Kafka);
        await replica.StartAsync();
        await replica.Level("attached");
        log.Append(("a", 1));
        await replica.Kafka.Deliver(log.Append(("a", 2)));
        await replica.Level("the gap is filled");

        log.Append(("a", 3));
        await replica.Level("heads are compared, so even the last entry is missed");
    }

    [Fact]
    public async Task Without_a_Registry_Kafka_alone_goes_on_feeding()
    {
        var log = new MemoryLog(new LogMaker(), Folder);
        await using var replica = new ReplicaHarness(log, Folder, FeedChoice.Both);
        await replica.StartAsync();
        await replica.Level("attached");
        log.Away = true;
        for (var i = 1; i <= 20; i++) await replica.Kafka.Deliver(log.Append(("a", i), ("b", i)).Reverse());
        await replica.Level("all came by Kafka");
    }

    [Theory]
    [InlineData("wiped")]
    [InlineData("restored")]
    [InlineData("truncated")]
    [InlineData("rewritten")]
    public async Task A_wiped_restored_or_truncated_log_wins_over_live_replicas(string how)
    {
        var log = new MemoryLog(new LogMaker(), Folder);
        for (var i = 0; i < 10; i++) log.Append(("a", i), ("b", i));
        await using var kafka = new ReplicaHarness(log, Folder, FeedChoice.Kafka);
        await using var tail = new ReplicaHarness(log, Folder, FeedChoice.TailLog);
        await using var both = new ReplicaHarness(log, Folder, FeedChoice.Both);
        ReplicaHarness[] replicas = [kafka, tail, both];
        foreach (var replica in replicas)
        {
            await replica.StartAsync();
            await replica.Level("attached");
        }

        var other = how switch
        {
            "wiped" => new LogMaker(),
            "restored" => log.Log.RestoredAt(10),
            _ => log.Log.TruncatedAt(10),
        };
        if (how == "rewritten")
        {
            for (var i = 0; i < 10; i++) other.Append(("other", i), ("b", -i));
        }

        log.Exchange(other);
        foreach (var replica in replicas)
        {
            await replica.Level($"{how}: the log wins");
            Assert.Equal(1, replica.Replica.Status.Discards);
            Assert.NotNull(replica.Replica.Status.Alert);
        }

        var news = log.Append(("after", 1));
        await kafka.Kafka.Deliver(news);
        foreach (var replica in replicas) await replica.Level("and is followed from then on");
    }

    [Fact]
    public async Task The_old_state_stays_until_the_other_log_can_be_read()
    {
        var log = new MemoryLog(new LogMaker(), Folder);
        log.Append(("a", 1));
        await using var replica = new ReplicaHarness(log, Folder, FeedChoice.Both);
        await replica.StartAsync();
        await replica.Level("attached");

        log.Away = true;
        var wiped = new LogMaker();
        await replica.Kafka.Deliver(wiped.Append(("z", 1)));
        await Eventually.True(() => replica.Replica.Status.Alert is not null, ReplicaHarness.Deadline, "another log was met");
        Assert.Equal(1, replica.Value("a"));
        Assert.Equal(0, replica.Replica.Status.Discards);
        Assert.False(replica.Replica.Status.Attached, "a doubted state is not one to keep as last-known-good");

        log.Exchange(wiped);
        log.Away = false;
        await replica.Level("the other log is there");
    }

    [Fact]
    public async Task Messages_of_another_log_on_the_topic_change_nothing_once_the_Registry_has_denied_them()
    {
        var log = new MemoryLog(new LogMaker(), Folder);
        log.Append(("a", 1));
        await using var replica = new ReplicaHarness(log, Folder, FeedChoice.Both);
        await replica.StartAsync();
        await replica.Level("attached");
        var other = new LogMaker();
        for (var i = 0; i < 5; i++) await replica.Kafka.Deliver(other.Append(("z", i)));
        await replica.Kafka.Deliver(log.Append(("a", 2)));
        await replica.Level("only the own log counts");
        await Eventually.True(() => replica.Replica.Status.Alert is null, ReplicaHarness.Deadline, "the mismatch is settled");
        Assert.Equal(0, replica.Replica.Status.Discards);
    }

    [Fact]
    public async Task Last_known_good_is_used_after_ten_seconds_without_a_Registry_and_continued_when_it_is_back()
    {
        var log = new MemoryLog(new LogMaker(), Folder);
        log.Append(("a", 1));
        var copy = new MemoryLastKnownGood(log.Log.Fold(Folder));
        log.Append(("a", 2));
        log.Away = true;
        var time = new FakeTimeProvider();
        await using var replica = new ReplicaHarness(log, Folder, FeedChoice.Both, copy, time, new ReplicaOptions());
        await replica.StartAsync();
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(replica.Replica.Status.HasState);

        await Advancing(time, () => replica.Replica.Status.HasState, "the copy is used");
        Assert.True(replica.Replica.Status is { LastKnownGood: true, Attached: false });
        Assert.Equal(1, replica.Value("a"));
        Assert.True(time.GetUtcNow() - time.Start >= TimeSpan.FromSeconds(10));

        log.Away = false;
        await Advancing(time, () => replica.Replica.Status is { LastKnownGood: false, Attached: true } && replica.Value("a") == 2,
            "the Registry is back");
        Assert.Equal(0, replica.Replica.Status.Discards);
    }

    [Fact]
    public async Task Looking_for_the_copy_says_nothing_about_the_Registry()
    {
        var log = new MemoryLog(new LogMaker(), Folder) { Away = true };
        log.Append(("a", 2));
        var time = new FakeTimeProvider();
        var copy = new MemoryLastKnownGood(null);
        var seen = new SeenEvents<ReplicaService>();
        await using var replica = new ReplicaHarness(log, Folder, FeedChoice.TailLog, copy, time, new ReplicaOptions(), seen);
        await replica.StartAsync();
        await Advancing(time, () => copy.Loads >= 3, "the copy was looked for");
        Assert.Equal([1124], seen.Ids.Where(id => id is 1124 or 1125));
        log.Away = false;
        await Advancing(time, () => replica.Value("a") == 2, "the Registry is back");
        await Advancing(time, () => seen.Ids.Contains(1125), "which is said");
    }

    [Fact]
    public async Task A_last_known_good_copy_of_another_log_is_discarded_when_the_Registry_is_back()
    {
        var log = new MemoryLog(new LogMaker(), Folder) { Away = true };
        log.Append(("a", 2));
        var old = new LogMaker();
        old.Append(("old", 1));
        var time = new FakeTimeProvider();
        await using var replica = new ReplicaHarness(log, Folder, FeedChoice.TailLog, new MemoryLastKnownGood(old.Fold(Folder)), time,
            new ReplicaOptions());
        await replica.StartAsync();
        await Advancing(time, () => replica.Value("old") == 1, "the copy is used");
        log.Away = false;
        await Advancing(time, () => replica.Value("a") == 2, "the log wins");
        Assert.Equal(0, replica.Value("old"));
        Assert.Equal(1, replica.Replica.Status.Discards);
    }

    private static Task Advancing(FakeTimeProvider time, Func<bool> condition, string because) => Eventually.True(
        () =>
        {
            if (condition()) return true;
            time.Advance(TimeSpan.FromMilliseconds(250));
            return false;
        },
        ReplicaHarness.Deadline,
        because);
}
