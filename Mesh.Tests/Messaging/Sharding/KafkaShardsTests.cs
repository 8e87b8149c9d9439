using Confluent.Kafka;
using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Messaging.Connections;
using Mesh.Messaging.Sharding;
using Mesh.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Messaging.Sharding;

/// <summary>Real consumer groups on librdkafka's own broker.</summary>
public class KafkaShardsTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Workers_share_all_shards_and_one_that_leaves_hands_its_own_over()
    {
        var config = new ProducerConfig();
        config.Set("test.mock.num.brokers", "1");
        using var broker = new ProducerBuilder<Null, Null>(config).SetLogHandler((_, _) => { }).Build();
        using var admin = new DependentAdminClientBuilder(broker.Handle).Build();
        var address = admin.GetMetadata(TimeSpan.FromSeconds(10)).Brokers.Single();
        var kafka = new MeshKafkaSettings { BootstrapServers = $"{address.Host}:{address.Port}", SessionTimeoutMs = 3_500 };

        // The first one's clock stands still until the second one has taken up its half, however long that takes on a slow machine.
        var clock = new FakeTimeProvider();
        using var first = Shards(kafka, TimeSpan.FromMinutes(1), clock);
        await first.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.True(() => first.Current == ShardSet.All, Deadline, "one worker owns everything");

        using var second = Shards(kafka, TimeSpan.FromMinutes(1));
        await second.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.True(
            () =>
            {
                // At no moment is a shard nobody's.
                Assert.Equal(ulong.MaxValue, first.Current.Bits | second.Current.Bits);
                if (second.Current.Count == 32) clock.Advance(TimeSpan.FromSeconds(1));
                return first.Current.Count == 32 && second.Current.Count == 32
                    && (first.Current.Bits ^ second.Current.Bits) == ulong.MaxValue;
            },
            Deadline, "two workers own half each");

        await first.StopAsync(TestContext.Current.CancellationToken);
        await Eventually.True(() => second.Current == ShardSet.All, Deadline, "what the first one had is the second one's");

        // The broker goes away: what is owned stays owned, far beyond the session timeout.
        broker.Dispose();
        var until = TimeProvider.System.GetTimestamp();
        await Eventually.True(
            () =>
            {
                Assert.Equal(ShardSet.All, second.Current);
                return TimeProvider.System.GetElapsedTime(until) > TimeSpan.FromSeconds(5);
            },
            Deadline, "5 s without a broker");
        await second.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_worker_that_starts_without_a_broker_takes_everything_after_a_while()
    {
        var kafka = new MeshKafkaSettings { BootstrapServers = $"127.0.0.1:{FreePort.Next()}", SessionTimeoutMs = 2_000 };
        var time = new FakeTimeProvider();
        using var shards = Shards(kafka, TimeSpan.FromSeconds(10), time);
        await shards.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ShardSet.None, shards.Current);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(ShardSet.None, shards.Current);
        await Eventually.True(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return shards.Current == ShardSet.All;
            },
            Deadline, "it works alone");
        await shards.StopAsync(TestContext.Current.CancellationToken);
    }

    private static KafkaShards Shards(MeshKafkaSettings kafka, TimeSpan takeAllAfter, TimeProvider? time = null) => new(
        kafka, Options.Create(new ShardingOptions { TakeAllAfter = takeAllAfter }), time ?? TimeProvider.System,
        NullLogger<KafkaShards>.Instance);
}
