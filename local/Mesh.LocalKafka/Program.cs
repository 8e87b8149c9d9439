// A Kafka for one machine: librdkafka's own broker behind a port that stays the same.
using Mesh.Local;
using Mesh.LocalKafka;

if (PortArgument.Parse(args) is not { } port)
{
    Console.Error.WriteLine("Usage: Mesh.LocalKafka --port <1-65535>");
    return 2;
}

using var broker = MockBroker.Start();
await using var forwarder = TcpForwarder.Start(port, broker.Address);
Console.WriteLine($"Kafka (librdkafka's broker, {broker.Address}) listens on 127.0.0.1:{port}; it keeps nothing on disk");
if (await Task.WhenAny(EndSignal.WaitAsync(), forwarder.Ended) != forwarder.Ended)
    return 0;
// Without its port nobody finds the broker; whoever started this starts it again.
Console.Error.WriteLine($"127.0.0.1:{port} accepts no connections any more: {forwarder.Ended.Exception?.GetBaseException().Message}");
return 1;
