using Confluent.Kafka;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Messaging.Connections;
using Mesh.Messaging.Kafka;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Messaging.Kafka;

/// <summary>Relays of a test's log, and what they have published.</summary>
internal static class Relays
{
    public const string Topic = "cdaprod.mesh.events";
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static KafkaRelay NewRelay(WriterHarness writer, string bootstrapServers, params INotificationSource[] notifications) =>
        NewRelay(writer, bootstrapServers, 4_000_000, notifications);

    public static KafkaRelay NewRelay(WriterHarness writer, string bootstrapServers, int maxBytes,
        params INotificationSource[] notifications) => new(
        writer.Store, writer.Log.Feed, writer.Log, notifications, new MeshKafkaSettings { BootstrapServers = bootstrapServers },
        TimeProvider.System, new TestMeters(),
        new TestLog("relay").For<KafkaRelay>())
    {
        MaxMessageBytes = maxBytes,
    };

    /// <summary>Everything until there are so many different entries: what is published at least once may come twice.</summary>
    public static async Task<List<LogEntry>> ReadEntries(TestKafka kafka, int count)
    {
        var messages = await kafka.ReadAll(Topic, all => Entries(all).DistinctBy(entry => (entry.Log, entry.Sequence)).Count() >= count,
            Deadline);
        return [.. Entries(messages)];
    }

    private static IEnumerable<LogEntry> Entries(IEnumerable<Message<byte[], byte[]>> messages) =>
        messages.Select(EventMessage.TryRead).OfType<LogEntry>();
}
