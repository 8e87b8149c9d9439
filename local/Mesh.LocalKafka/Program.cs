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
Console.WriteLine($"Kafka (librdkafka's broker, {broker.Address}) is reached through 127.0.0.1:{port}; it keeps nothing on disk");
await EndSignal.Wait();
return 0;
