using System.Buffers;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;

namespace Mesh.Messaging.Kafka;

/// <summary>
/// Entries of the log as Kafka messages: keyed by stream, so that a stream keeps its order in one partition (Flow step 4).
/// </summary>
public static class EventMessage
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffffffZ";
    private static readonly byte[] Json = "application/json"u8.ToArray();
    private static readonly byte[] Version = "1.0"u8.ToArray();
    private static volatile LogText? _log;

    /// <summary>The message of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="withData">False leaves the payload out, for one that the broker found too large: who needs it reads the log.</param>
    public static Message<byte[], byte[]> Of(LogEntry entry, bool withData = true)
    {
        var stream = Text(entry.Stream);
        var headers = Common(entry, Id(entry.EventId), entry.Type, stream);
        headers.Add(EventHeader.Epoch, Number(entry.Log.Epoch));
        headers.Add(EventHeader.StreamVersion, Number(entry.StreamVersion));
        headers.Add(EventHeader.CommandId, Id(entry.CommandId));
        headers.Add(EventHeader.Index, Number(entry.Index));
        headers.Add(EventHeader.Count, Number(entry.Count));
        headers.Add(EventHeader.Depth, Number(entry.Depth));
        headers.Add(EventHeader.Hash, Hex(entry.Hash));
        headers.Add(EventHeader.DataHash, Hex(entry.DataHash));
        headers.Add(EventHeader.Actor, Text(entry.Actor));
        if (entry.CausationId is { } causation) headers.Add(EventHeader.CausationId, Id(causation));
        return new()
        {
            Key = stream,
            Value = withData ? entry.Data.ToArray() : [],
            Headers = headers,
            Timestamp = new Timestamp(entry.Time),
        };
    }

    /// <summary>The message of a notification as it follows from its cause.</summary>
    public static Message<byte[], byte[]> Of(Notification notification) => new()
    {
        Key = Text(notification.Subject),
        Value = notification.Data.ToArray(),
        Headers = Common(notification.Cause, Text($"{notification.Cause.Sequence}/{notification.IdSuffix}"), notification.Type,
            Text(notification.Subject)),
        Timestamp = new Timestamp(notification.Cause.Time),
    };

    /// <summary>Reads only which entry a message is, for whoever may have it already.</summary>
    /// <returns>Null if it is not an entry, or one that cannot be read: <see cref="TryRead"/> says why.</returns>
    public static (long Sequence, EntryHash Hash)? TryReadHash(Message<byte[], byte[]> message)
    {
        if (message.Headers is not { } headers || !headers.TryGetLastBytes(EventHeader.Hash, out var text)
            || !headers.TryGetLastBytes(EventHeader.Sequence, out var number)) return null;
        Span<byte> hash = stackalloc byte[EntryHash.Size];
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            && Convert.FromHexString(text, hash, out var read, out var written) == OperationStatus.Done && read == text.Length
            && written == EntryHash.Size
            ? (sequence, new EntryHash(hash)) : null;
    }

    /// <summary>Reads an entry back.</summary>
    /// <returns>Null if the message is not an entry of a log: a notification, or somebody else's.</returns>
    /// <exception cref="FormatException">It claims to be one and cannot be read.</exception>
    public static LogEntry? TryRead(Message<byte[], byte[]> message)
    {
        var headers = message.Headers;
        if (headers is null || Find(headers, EventHeader.Hash) is not { } hash) return null;
        try
        {
            return new LogEntry
            {
                Log = new LogIdentity(Guid.Parse(Need(headers, EventHeader.LogId)),
                    long.Parse(Need(headers, EventHeader.Epoch), CultureInfo.InvariantCulture)),
                Sequence = long.Parse(Need(headers, EventHeader.Sequence), CultureInfo.InvariantCulture),
                Stream = Need(headers, EventHeader.Subject),
                StreamVersion = long.Parse(Need(headers, EventHeader.StreamVersion), CultureInfo.InvariantCulture),
                EventId = Guid.Parse(Need(headers, EventHeader.Id)),
                Type = Need(headers, EventHeader.Type),
                Time = DateTimeOffset.ParseExact(Need(headers, EventHeader.Time), TimeFormat, CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal),
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
            throw new FormatException($"A Kafka message with a chain hash is not a readable entry: {exception.Message}", exception);
        }
    }

    private static Headers Common(LogEntry entry, byte[] id, string type, byte[] subject)
    {
        var log = _log is { } last && last.Id == entry.Log.LogId ? last : _log = new LogText(entry.Log.LogId);
        var headers = new Headers
        {
            { EventHeader.SpecVersion, Version },
            { EventHeader.Id, id },
            { EventHeader.Source, log.Source },
            { EventHeader.Type, Text(type) },
            { EventHeader.Time, Time(entry.Time) },
            { EventHeader.Subject, subject },
            { EventHeader.ContentType, Json },
            { EventHeader.Sequence, Number(entry.Sequence, "D19") },
            { EventHeader.LogId, log.Text },
        };
        if (entry.TraceParent is { } trace) headers.Add(EventHeader.TraceParent, Text(trace));
        return headers;
    }

    private static byte[] Text(string value) => Encoding.UTF8.GetBytes(value);

    private static byte[] Number(long value, ReadOnlySpan<char> format = default)
    {
        Span<byte> text = stackalloc byte[20];
        value.TryFormat(text, out var written, format, CultureInfo.InvariantCulture);
        return text[..written].ToArray();
    }

    private static byte[] Id(Guid value)
    {
        var text = new byte[36];
        value.TryFormat(text, out _, "D");
        return text;
    }

    private static byte[] Time(DateTimeOffset value)
    {
        // "O" is TimeFormat for a time of UTC, and costs a fraction.
        var text = new byte[TimeFormat.Length];
        value.UtcDateTime.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        return text;
    }

    private static byte[] Hex(in EntryHash value)
    {
        Span<byte> bytes = stackalloc byte[EntryHash.Size];
        value.CopyTo(bytes);
        var text = new byte[EntryHash.Size * 2];
        Convert.TryToHexStringLower(bytes, text, out _);
        return text;
    }

    private static string? Find(Headers headers, string name) =>
        headers.TryGetLastBytes(name, out var bytes) ? Encoding.UTF8.GetString(bytes) : null;

    private static string Need(Headers headers, string name) =>
        Find(headers, name) ?? throw new FormatException($"the header {name} is missing");

    /// <summary>What all entries of a log have in common.</summary>
    private sealed class LogText(Guid id)
    {
        public Guid Id { get; } = id;

        public byte[] Text { get; } = EventMessage.Text(id.ToString("D"));

        public byte[] Source { get; } = EventMessage.Text($"urn:cdaprod:mesh:{id:D}");
    }
}
