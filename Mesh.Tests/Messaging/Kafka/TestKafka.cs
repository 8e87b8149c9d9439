using System.Net;
using System.Net.Sockets;
using Confluent.Kafka;
using Mesh.Tests.Support;

namespace Mesh.Tests.Messaging.Kafka;

/// <summary>
/// librdkafka's own broker in this process, behind a port that stays the same. Stopping cuts all connections and forgets everything;
/// starting makes a new broker on another port.
/// </summary>
internal sealed class TestKafka : IAsyncDisposable
{
    private readonly TcpServer _front;
    private IProducer<Null, Null>? _broker;
    private volatile IPEndPoint? _address;

    public TestKafka()
    {
        Start();
        _front = new TcpServer(Carry);
    }

    public string BootstrapServers => $"127.0.0.1:{_front.Port}";

    public int BrokerPort => _address!.Port;

    public void Start()
    {
        var config = new ProducerConfig { ClientId = "test-kafka" };
        config.Set("test.mock.num.brokers", "1");
        _broker = new ProducerBuilder<Null, Null>(config).SetLogHandler((_, _) => { }).Build();
        using var admin = new DependentAdminClientBuilder(_broker.Handle).Build();
        var broker = admin.GetMetadata(TimeSpan.FromSeconds(10)).Brokers.Single();
        _address = new IPEndPoint(IPAddress.Parse(broker.Host), broker.Port);
    }

    public void Stop()
    {
        _address = null;
        _broker?.Dispose();
        _broker = null;
    }

    /// <summary>Answers the next messages that a producer sends with <paramref name="errors"/>, one after another.</summary>
    public void RefuseProduce(params ErrorCode[] errors) => BrokerFaults.Push(_broker!.Handle, BrokerFaults.Produce, errors);

    /// <summary>A producer to it, for messages that no relay sends.</summary>
    public IProducer<byte[], byte[]> NewProducer() =>
        new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = BootstrapServers, LingerMs = 0 }).Build();

    /// <summary>Reads the topic from its beginning until <paramref name="enough"/> says so.</summary>
    public Task<List<Message<byte[], byte[]>>> ReadAll(string topic, Func<List<Message<byte[], byte[]>>, bool> enough, TimeSpan deadline) =>
        Task.Factory.StartNew(() => Read(topic, enough, deadline), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    public async ValueTask DisposeAsync()
    {
        await _front.DisposeAsync();
        Stop();
    }

    private async Task Carry(Socket client, CancellationToken closing)
    {
        if (_address is not { } address) return;
        using var broker = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        await broker.ConnectAsync(address, closing);
        await using var near = new NetworkStream(client);
        await using var far = new NetworkStream(broker);
        await await Task.WhenAny(near.CopyToAsync(far, closing), far.CopyToAsync(near, closing));
    }

    private List<Message<byte[], byte[]>> Read(string topic, Func<List<Message<byte[], byte[]>>, bool> enough, TimeSpan deadline)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = BootstrapServers,
            GroupId = "test",
            FetchWaitMaxMs = 5,
            EnableAutoCommit = false,
        }).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var until = TimeProvider.System.GetTimestamp();
        List<PartitionMetadata> partitions = [];
        while (partitions.Count == 0 && TimeProvider.System.GetElapsedTime(until) < deadline)
            partitions = admin.GetMetadata(topic, TimeSpan.FromSeconds(10)).Topics.Single(found => found.Topic == topic).Partitions;
        consumer.Assign(partitions.Select(partition => new TopicPartitionOffset(topic, partition.PartitionId, Offset.Beginning)));
        var messages = new List<Message<byte[], byte[]>>();
        while (!enough(messages))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(until) < deadline, $"not enough messages on {topic}: {messages.Count}");
            if (consumer.Consume(TimeSpan.FromMilliseconds(50)) is { } result) messages.Add(result.Message);
        }

        return messages;
    }
}
