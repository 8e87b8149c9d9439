using System.Net;
using Confluent.Kafka;

namespace Mesh.LocalKafka;

/// <summary>
/// librdkafka's broker, which lives inside a producer's handle for as long as that lives. It takes a port of its own choosing and
/// names it in its metadata, so clients come in through the stable port and talk to it directly from then on.
/// </summary>
internal sealed class MockBroker : IDisposable
{
    private readonly IProducer<Null, Null> _holder;

    private MockBroker(IProducer<Null, Null> holder, IPEndPoint address)
    {
        _holder = holder;
        Address = address;
    }

    public IPEndPoint Address { get; }

    public static MockBroker Start()
    {
        var config = new ProducerConfig { ClientId = "mesh-local-kafka" };
        config.Set("test.mock.num.brokers", "1");
        // Its own notice that the broker is for tests is not news here.
        var holder = new ProducerBuilder<Null, Null>(config).SetLogHandler((_, message) => Report(message)).Build();
        using var admin = new DependentAdminClientBuilder(holder.Handle).Build();
        var broker = admin.GetMetadata(TimeSpan.FromSeconds(10)).Brokers.Single();
        return new MockBroker(holder, new IPEndPoint(IPAddress.Parse(broker.Host), broker.Port));
    }

    public void Dispose() => _holder.Dispose();

    private static void Report(LogMessage message)
    {
        // Bytes that are not Kafka are the fault of whoever sent them, and can come without end.
        if (message.Level <= SyslogLevel.Error)
            (message.Facility == "PROTOERR" ? Console.Out : Console.Error).WriteLine($"{message.Facility}: {message.Message}");
    }
}
