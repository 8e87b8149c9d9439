using Confluent.Kafka;
using Mesh.Tests.Support;

namespace Mesh.Tests.LocalHosting;

/// <summary>The embedded broker, whose own port is another after each start, behind its stable one.</summary>
public sealed class LocalKafkaTests
{
    private const string Topic = "cdaprod.mesh.events";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Clients_come_back_by_themselves_when_it_was_killed_and_started_again()
    {
        var port = FreePort.Next();
        var bootstrap = $"127.0.0.1:{port}";
        var first = ChildProcess.Start("local/Mesh.LocalKafka", null, "--port", $"{port}");
        using var producer = new ProducerBuilder<Null, string>(Client(new ProducerConfig { EnableIdempotence = true, LingerMs = 0, MessageTimeoutMs = 3_000 }, bootstrap)).SetLogHandler((_, _) => { }).Build();
        using var consumer = new ConsumerBuilder<Ignore, string>(Client(new ConsumerConfig { GroupId = "none", FetchWaitMaxMs = 5 }, bootstrap)).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(new TopicPartitionOffset(Topic, 0, Offset.Beginning));
        await Passes(producer, consumer, "before");

        await first.Kill();
        await first.DisposeAsync();
        await using var second = ChildProcess.Start("local/Mesh.LocalKafka", null, "--port", $"{port}");
        await Passes(producer, consumer, "after");
    }

    [Fact]
    public async Task It_ends_when_its_parent_closes_the_pipe_it_hangs_by()
    {
        // The shell is the parent here: 'true' writes nothing and closes the pipe at once.
        var server = RepositoryRoot.ExecutableOf("local/Mesh.LocalKafka");
        await using var shell = ChildProcess.StartProgram("/bin/sh", new Dictionary<string, string?> { ["MESH_PARENT_PIPE"] = "stdin" }, "-c", $"true | '{server}' --port {FreePort.Next()}");
        await shell.WaitForExit(Soon);
        Assert.Equal(0, shell.ExitCode);
    }

    private static T Client<T>(T config, string bootstrap) where T : ClientConfig
    {
        config.BootstrapServers = bootstrap;
        config.ReconnectBackoffMs = 50;
        config.ReconnectBackoffMaxMs = 500;
        config.TopicMetadataRefreshIntervalMs = 1_000;
        return config;
    }

    private static async Task Passes(IProducer<Null, string> producer, IConsumer<Ignore, string> consumer, string text)
    {
        await Eventually.Succeeds(
            () => producer.ProduceAsync(new TopicPartition(Topic, 0), new Message<Null, string> { Value = text }, TestContext.Current.CancellationToken), Soon, $"'{text}' is produced");
        await Eventually.True(
            () =>
            {
                // The log begins anew with the broker: an offset of the old one is beyond its end.
                if (consumer.Consume(TimeSpan.FromMilliseconds(200)) is { } result)
                    return result.Message.Value == text;
                consumer.Seek(new TopicPartitionOffset(Topic, 0, Offset.Beginning));
                return false;
            },
            Soon,
            $"'{text}' is consumed");
    }
}
