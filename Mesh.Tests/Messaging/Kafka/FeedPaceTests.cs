using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Messaging.Connections;
using Mesh.Messaging.Kafka;
using Mesh.Tests.Kernel.Support;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Messaging.Kafka;

public class FeedPaceTests
{
    private static readonly MeshKafkaSettings Settings = new() { FetchWaitMaxMs = 2, SpareFetchWaitMaxMs = 500 };
    private readonly FakeTimeProvider _time = new();
    private FeedStatus[] _feeds = [];

    [Fact]
    public void The_only_feed_is_quick_from_the_beginning()
    {
        _feeds = [new(KafkaFeed.Name, FeedState.Connecting)];
        Assert.Equal(2, NewPace().FetchWaitMaxMs());
    }

    [Fact]
    public void A_feed_is_quick_only_while_the_other_one_has_been_away_for_a_while()
    {
        var pace = NewPace();
        Set(FeedState.Connecting);
        Assert.Equal(500, pace.FetchWaitMaxMs());
        Set(FeedState.Live);
        _time.Advance(FeedPace.Patience * 10);
        Assert.Equal(500, pace.FetchWaitMaxMs());

        Set(FeedState.Connecting);
        _time.Advance(FeedPace.Patience / 2);
        Assert.Equal(500, pace.FetchWaitMaxMs());
        _time.Advance(FeedPace.Patience);
        Assert.Equal(2, pace.FetchWaitMaxMs());

        Set(FeedState.Live);
        Assert.Equal(500, pace.FetchWaitMaxMs());
    }

    private void Set(FeedState state) => _feeds = [new(KafkaFeed.Name, FeedState.Live), new("taillog", state)];

    private FeedPace NewPace() =>
        new(Settings,
            new MeshReplica(new StateFolder([new CounterFold()]), _time) { Report = status => status with { Feeds = [.. _feeds] } }, _time);
}
