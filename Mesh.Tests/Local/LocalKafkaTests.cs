using System.Net.Sockets;
using System.Text;
using Confluent.Kafka;
using Mesh.Tests.Support;

namespace Mesh.Tests.Local;

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
        using var producer = new ProducerBuilder<Null, string>(
            Client(new ProducerConfig { EnableIdempotence = true, LingerMs = 0, MessageTimeoutMs = 3_000 }, bootstrap))
            .SetLogHandler((_, _) => { }).Build();
        using var consumer = new ConsumerBuilder<Ignore, string>(
            Client(new ConsumerConfig { GroupId = "none", FetchWaitMaxMs = 5 }, bootstrap)).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(new TopicPartitionOffset(Topic, 0, Offset.Beginning));
        await Passes(producer, consumer, "before");

        await first.Kill();
        await first.DisposeAsync();
        await using var second = ChildProcess.Start("local/Mesh.LocalKafka", null, "--port", $"{port}");
        await Passes(producer, consumer, "after");
    }

    [Theory]
    [InlineData("POST / HTTP/1.1")]
    [InlineData("OPTIONS / HTTP/1.1")]
    [InlineData("GET / HTTP/1.1")]
    public async Task A_web_pages_request_whose_body_holds_a_request_for_a_topic_makes_none_and_ends(string line)
    {
        var port = FreePort.Next();
        await using var kafka = ChildProcess.Start("local/Mesh.LocalKafka", null, "--port", $"{port}");
        using var admin = new AdminClientBuilder(Client(new AdminClientConfig(), $"127.0.0.1:{port}")).SetLogHandler((_, _) => { }).Build();
        await Eventually.True(() => Broker(admin) is not null, Soon, "the broker answers");
        // The port in front and the broker's own, which its metadata names.
        foreach (var reached in new[] { port, Broker(admin)!.Brokers[0].Port })
        {
            using var page = new TcpClient();
            await page.ConnectAsync("127.0.0.1", reached, TestContext.Current.CancellationToken);
            await using var stream = page.GetStream();
            // Metadata, version 0, of the one topic 'pwned', which a broker makes when it is asked for.
            byte[] body = [0, 0, 0, 22, 0, 3, 0, 0, 0, 0, 0, 1, 0, 1, (byte)'x', 0, 0, 0, 1, 0, 5, .. "pwned"u8];
            await stream.WriteAsync(
                (byte[])[
                    .. Encoding.ASCII.GetBytes(
                        $"{line}\r\nHost: 127.0.0.1:{reached}\r\nOrigin: http://evil.example\r\nContent-Length: {body.Length}\r\n\r\n"),
                        .. body], TestContext.Current.CancellationToken);
            Assert.Equal(0, await Answered(stream));
        }

        Assert.Empty(Broker(admin)!.Topics);
    }

    private static async Task<int> Answered(NetworkStream stream)
    {
        try
        {
            return await stream.ReadAsync(new byte[100], TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            return 0; // a reset is an end too
        }
    }

    private static Metadata? Broker(IAdminClient admin)
    {
        try
        {
            return admin.GetMetadata(TimeSpan.FromSeconds(2));
        }
        catch (KafkaException)
        {
            return null;
        }
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
            () => producer.ProduceAsync(new TopicPartition(Topic, 0), new Message<Null, string> { Value = text },
                TestContext.Current.CancellationToken), Soon, $"'{text}' is produced");
        await Eventually.True(
            () =>
            {
                // The log begins again with the broker: an offset of the old one is beyond its end.
                if (consumer.Consume(TimeSpan.FromMilliseconds(200)) is { } result)
                    return result.Message.Value == text;
                consumer.Seek(new TopicPartitionOffset(Topic, 0, Offset.Beginning));
                return false;
            },
            Soon,
            $"'{text}' is consumed");
    }
}
