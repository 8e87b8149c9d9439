using Confluent.Kafka;
using Mesh.Kernel.Reconciling.Sharding;
using Mesh.ServiceDefaults.Connections;
using Mesh.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Tests.Kernel.Reconciling;

/// <summary>Real consumer groups on librdkafka's own broker.</summary>
public class KafkaShardsTests
{
    [Fact]
    public async Task Workers_share_all_shards_and_one_that_leaves_hands_its_own_over()
    {
        var config = new ProducerConfig();
        config.Set("test.mock.num.brokers", "1");
        using var broker = new ProducerBuilder<Null, Null>(config).SetLogHandler((_, _) => { }).Build();
        using var admin = new DependentAdminClientBuilder(broker.Handle).Build();
        var address = admin.GetMetadata(TimeSpan.FromSeconds(10)).Brokers.Single();
        var kafka = new MeshKafkaSettings { BootstrapServers = $"{address.Host}:{address.Port}", SessionTimeoutMs = 3_500, ReconcilerFetchWaitMaxMs = 20 };

        using var first = Shards(kafka, TimeSpan.FromMinutes(1));
        await first.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.True(() => first.Current == ShardSet.All, TimeSpan.FromSeconds(20), "one worker owns everything");

        using var second = Shards(kafka, TimeSpan.FromMinutes(1));
        await second.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.True(
            () =>
            {
                // At no moment is a shard nobody's.
                Assert.Equal(ulong.MaxValue, first.Current.Bits | second.Current.Bits);
                return first.Current.Count == 32 && second.Current.Count == 32 && (first.Current.Bits ^ second.Current.Bits) == ulong.MaxValue;
            },
            TimeSpan.FromSeconds(30), "two workers own half each");

        await first.StopAsync(TestContext.Current.CancellationToken);
        await Eventually.True(() => second.Current == ShardSet.All, TimeSpan.FromSeconds(8), "what the first one had is the second one's");

        // The broker goes away: what is owned stays owned, far beyond the session timeout.
        broker.Dispose();
        var until = TimeProvider.System.GetTimestamp();
        await Eventually.True(
            () =>
            {
                Assert.Equal(ShardSet.All, second.Current);
                return TimeProvider.System.GetElapsedTime(until) > TimeSpan.FromSeconds(5);
            },
            TimeSpan.FromSeconds(10), "5 s without a broker");
        await second.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_worker_that_starts_without_a_broker_takes_everything_after_a_while()
    {
        var kafka = new MeshKafkaSettings { BootstrapServers = $"127.0.0.1:{FreePort.Next()}", SessionTimeoutMs = 2_000 };
        using var shards = Shards(kafka, TimeSpan.FromSeconds(1));
        await shards.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ShardSet.None, shards.Current);
        await Eventually.True(() => shards.Current == ShardSet.All, TimeSpan.FromSeconds(15), "it works alone");
        await shards.StopAsync(TestContext.Current.CancellationToken);
    }

    private static KafkaShards Shards(MeshKafkaSettings kafka, TimeSpan takeAllAfter) => new(
        kafka, Options.Create(new ShardingOptions { TakeAllAfter = takeAllAfter }), TimeProvider.System, NullLogger<KafkaShards>.Instance);
}
