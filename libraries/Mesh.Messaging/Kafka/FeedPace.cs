using Mesh.Kernel.Replication;
using Mesh.Messaging.Connections;

namespace Mesh.Messaging.Kafka;

/// <summary>
/// How long the broker may hold an empty fetch (Flow step 5). librdkafka's own broker holds each for the whole time, so that only short
/// fetches make it quick, and 500 of them a second cost a twentieth of a core in the broker and in every replica. Beside a live stream of a
/// Registry, which is faster anyhow, the fetches are long; they become short once the replica has had no other live feed for
/// <see cref="Patience"/>.
/// </summary>
internal sealed class FeedPace(MeshKafkaSettings kafka, IMeshReplica replica, TimeProvider time)
{
    /// <summary>A stream that is opened again within this time changes nothing.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private long _coveredAt = time.GetTimestamp();

    /// <summary>For the next fetches, in milliseconds.</summary>
    public int FetchWaitMaxMs()
    {
        var others = replica.Status.Feeds.Where(feed => feed.Name != KafkaFeed.Name).ToArray();
        if (others.Length == 0) return kafka.FetchWaitMaxMs;
        if (others.Any(feed => feed.State == FeedState.Live)) _coveredAt = time.GetTimestamp();
        return time.GetElapsedTime(_coveredAt) < Patience ? kafka.SpareFetchWaitMaxMs : kafka.FetchWaitMaxMs;
    }
}
