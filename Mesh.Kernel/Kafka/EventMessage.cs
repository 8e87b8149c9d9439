using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Mesh.Kernel.Log;

namespace Mesh.Kernel.Kafka;

/// <summary>Entries of the log as Kafka messages: keyed by stream, so that a stream keeps its order in one partition (Flow step 4).</summary>
public static class EventMessage
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffffffZ";
    private static readonly byte[] Json = "application/json"u8.ToArray();
    private static readonly byte[] Version = "1.0"u8.ToArray();

    /// <summary>The message of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="withData">False leaves the payload out, for one that the broker found too large: who needs it reads the log.</param>
    public static Message<byte[], byte[]> Of(LogEntry entry, bool withData = true)
    {
        var headers = Common(entry, entry.EventId.ToString("D"), entry.Type, entry.Stream);
        headers.Add(EventHeader.Epoch, Number(entry.Log.Epoch));
        headers.Add(EventHeader.StreamVersion, Number(entry.StreamVersion));
        headers.Add(EventHeader.CommandId, Text(entry.CommandId.ToString("D")));
        headers.Add(EventHeader.Index, Number(entry.Index));
        headers.Add(EventHeader.Count, Number(entry.Count));
        headers.Add(EventHeader.Depth, Number(entry.Depth));
        headers.Add(EventHeader.Hash, Text(entry.Hash.ToString()));
        headers.Add(EventHeader.DataHash, Text(entry.DataHash.ToString()));
        headers.Add(EventHeader.Actor, Text(entry.Actor));
        if (entry.CausationId is { } causation) headers.Add(EventHeader.CausationId, Text(causation.ToString("D")));
        return new() { Key = Text(entry.Stream), Value = withData ? entry.Data.ToArray() : [], Headers = headers, Timestamp = new Timestamp(entry.Time) };
    }

    /// <summary>The message of a notification as it follows from its cause.</summary>
    public static Message<byte[], byte[]> Of(Notification notification) => new()
    {
        Key = Text(notification.Subject),
        Value = notification.Data.ToArray(),
        Headers = Common(notification.Cause, $"{notification.Cause.Sequence}/{notification.IdSuffix}", notification.Type, notification.Subject),
        Timestamp = new Timestamp(notification.Cause.Time),
    };

    /// <summary>Reads an entry back.</summary>
    /// <returns>Null if the message is no entry of a log: a notification, or somebody else's.</returns>
    /// <exception cref="FormatException">It claims to be one and cannot be read.</exception>
    public static LogEntry? TryRead(Message<byte[], byte[]> message)
    {
        var headers = message.Headers;
        if (headers is null || Find(headers, EventHeader.Hash) is not { } hash) return null;
        try
        {
            return new LogEntry
            {
                Log = new LogIdentity(Guid.Parse(Need(headers, EventHeader.LogId)), long.Parse(Need(headers, EventHeader.Epoch), CultureInfo.InvariantCulture)),
                Sequence = long.Parse(Need(headers, EventHeader.Sequence), CultureInfo.InvariantCulture),
                Stream = Need(headers, EventHeader.Subject),
                StreamVersion = long.Parse(Need(headers, EventHeader.StreamVersion), CultureInfo.InvariantCulture),
                EventId = Guid.Parse(Need(headers, EventHeader.Id)),
                Type = Need(headers, EventHeader.Type),
                Time = DateTimeOffset.ParseExact(Need(headers, EventHeader.Time), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
                Actor = Need(headers, EventHeader.Actor),
                CommandId = Guid.Parse(Need(headers, EventHeader.CommandId)),
                Index = int.Parse(Need(headers, EventHeader.Index), CultureInfo.InvariantCulture),
                Count = int.Parse(Need(headers, EventHeader.Count), CultureInfo.InvariantCulture),
                CausationId = Find(headers, EventHeader.CausationId) is { } causation ? Guid.Parse(causation) : null,
                Depth = int.Parse(Need(headers, EventHeader.Depth), CultureInfo.InvariantCulture),
                TraceParent = Find(headers, EventHeader.TraceParent),
                Data = message.Value ?? [],
                DataHash = new EntryHash(Convert.FromHexString(Need(headers, EventHeader.DataHash))),
                Hash = new EntryHash(Convert.FromHexString(hash)),
            };
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException)
        {
            throw new FormatException($"A Kafka message with a chain hash is no readable entry: {exception.Message}", exception);
        }
    }

    private static Headers Common(LogEntry entry, string id, string type, string subject)
    {
        var headers = new Headers
        {
            { EventHeader.SpecVersion, Version },
            { EventHeader.Id, Text(id) },
            { EventHeader.Source, Text($"urn:cdaprod:mesh:{entry.Log.LogId:D}") },
            { EventHeader.Type, Text(type) },
            { EventHeader.Time, Text(entry.Time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)) },
            { EventHeader.Subject, Text(subject) },
            { EventHeader.ContentType, Json },
            { EventHeader.Sequence, Text(entry.Sequence.ToString("D19", CultureInfo.InvariantCulture)) },
            { EventHeader.LogId, Text(entry.Log.LogId.ToString("D")) },
        };
        if (entry.TraceParent is { } trace) headers.Add(EventHeader.TraceParent, Text(trace));
        return headers;
    }

    private static byte[] Text(string value) => Encoding.UTF8.GetBytes(value);

    private static byte[] Number(long value) => Text(value.ToString(CultureInfo.InvariantCulture));

    private static string? Find(Headers headers, string name) => headers.TryGetLastBytes(name, out var bytes) ? Encoding.UTF8.GetString(bytes) : null;

    private static string Need(Headers headers, string name) => Find(headers, name) ?? throw new FormatException($"the header {name} is missing");
}
