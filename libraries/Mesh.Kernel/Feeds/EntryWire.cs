using Google.Protobuf;
using Mesh.Kernel.Log;
using Wire = Mesh.Contracts.V1;

namespace Mesh.Kernel.Feeds;

/// <summary>Log entries and positions as they stand in <c>cdaprod.mesh.v1.Log</c>'s messages.</summary>
public static class EntryWire
{
    /// <summary>The position as a message.</summary>
    public static Wire.LogHead ToHead(LogPosition position) => new()
    {
        LogId = position.Log.LogId.ToString("D"),
        Epoch = position.Log.Epoch,
        Sequence = position.Sequence,
        Hash = ByteString.CopyFrom(position.Hash.ToArray()),
        TimeUnixTicks = position.Time.UtcTicks,
    };

    /// <summary>The position of a message.</summary>
    /// <exception cref="FormatException">The message is damaged.</exception>
    public static LogPosition FromHead(Wire.LogHead head) =>
        Guid.TryParse(head.LogId, out var id) && head.Hash.Length == EntryHash.Size && head.Sequence >= 0
        ? new LogPosition(new LogIdentity(id, head.Epoch), head.Sequence, new EntryHash(head.Hash.Span),
            new DateTimeOffset(head.TimeUnixTicks, TimeSpan.Zero))
        : throw new FormatException(
            $"The Registry sent a head that cannot be read: log '{head.LogId}', sequence {head.Sequence}, hash of {head.Hash.Length} "
                + "bytes.");

    /// <summary>The entry as a message; shares the payload's memory.</summary>
    public static Wire.LogEntry ToMessage(LogEntry entry) => new()
    {
        LogId = entry.Log.LogId.ToString("D"),
        Epoch = entry.Log.Epoch,
        Sequence = entry.Sequence,
        Stream = entry.Stream,
        StreamVersion = entry.StreamVersion,
        EventId = entry.EventId.ToString("D"),
        Type = entry.Type,
        TimeTicks = entry.Time.UtcTicks,
        Actor = entry.Actor,
        CommandId = entry.CommandId.ToString("D"),
        Index = entry.Index,
        Count = entry.Count,
        CausationId = entry.CausationId?.ToString("D") ?? "",
        Depth = entry.Depth,
        TraceParent = entry.TraceParent ?? "",
        Data = UnsafeByteOperations.UnsafeWrap(entry.Data),
        DataHash = UnsafeByteOperations.UnsafeWrap(entry.DataHash.ToArray()),
        Hash = UnsafeByteOperations.UnsafeWrap(entry.Hash.ToArray()),
    };

    /// <summary>The entry of a message; shares the payload's memory.</summary>
    /// <exception cref="FormatException">The message is damaged.</exception>
    public static LogEntry FromMessage(Wire.LogEntry message)
    {
        try
        {
            return new LogEntry
            {
                Log = new LogIdentity(Guid.Parse(message.LogId), message.Epoch),
                Sequence = message.Sequence,
                Stream = message.Stream,
                StreamVersion = message.StreamVersion,
                EventId = Guid.Parse(message.EventId),
                Type = message.Type,
                Time = new DateTimeOffset(message.TimeTicks, TimeSpan.Zero),
                Actor = message.Actor,
                CommandId = Guid.Parse(message.CommandId),
                Index = message.Index,
                Count = message.Count,
                CausationId = message.CausationId.Length == 0 ? null : Guid.Parse(message.CausationId),
                Depth = message.Depth,
                TraceParent = message.TraceParent.Length == 0 ? null : message.TraceParent,
                Data = message.Data.Memory,
                DataHash = new EntryHash(message.DataHash.Span),
                Hash = new EntryHash(message.Hash.Span),
            };
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            throw new FormatException($"The Registry sent entry {message.Sequence} in a form that cannot be read: {exception.Message}",
                exception);
        }
    }
}
