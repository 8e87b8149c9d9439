using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Mesh.Kernel.State;

/// <summary>
/// A module's part of a state snapshot as length-prefixed JSON objects, so that no more than one of them is in memory as text.
/// </summary>
public static class SnapshotRecords
{
    /// <summary>Writes all of them in their order.</summary>
    public static void Save<TRecord>(IEnumerable<TRecord> records, Stream target, JsonTypeInfo<TRecord> type)
    {
        Span<byte> length = stackalloc byte[4];
        foreach (var record in records)
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(record, type);
            BinaryPrimitives.WriteInt32BigEndian(length, json.Length);
            target.Write(length);
            target.Write(json);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote, to the end of the stream.</summary>
    public static IEnumerable<TRecord> Load<TRecord>(Stream source, JsonTypeInfo<TRecord> type) where TRecord : class
    {
        var length = new byte[4];
        while (source.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) == length.Length)
        {
            var json = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            source.ReadExactly(json);
            yield return JsonSerializer.Deserialize(json, type) ?? throw new JsonException("A record is null.");
        }
    }
}
