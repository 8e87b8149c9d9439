using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Mesh.Kernel.Log;

/// <summary>
/// A 32-byte SHA-256 link of the log's hash chain: <c>H(previous hash ‖ header ‖ H(data))</c>. The payload enters by its own hash, so
/// that a payload may later be dropped while the chain still verifies. Every variable-length field is length-prefixed and every
/// number is big-endian, so that no two entries share an encoding. The encoding is final: history is never rewritten.
/// </summary>
public readonly struct EntryHash : IEquatable<EntryHash>
{
    /// <summary>Bytes in a hash.</summary>
    public const int Size = 32;

    private readonly ulong _a, _b, _c, _d;

    /// <summary>Reads a hash from its 32 bytes.</summary>
    public EntryHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"A log hash has {Size} bytes, this one {bytes.Length}.", nameof(bytes));
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The hash before the first entry.</summary>
    public static EntryHash Zero => default;

    /// <summary>The hash of a payload.</summary>
    public static EntryHash OfData(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(data, hash);
        return new(hash);
    }

    /// <summary>The chain hash of <paramref name="entry"/> (whose own <see cref="LogEntry.Hash"/> is not read).</summary>
    public static EntryHash Link(in EntryHash previous, LogEntry entry)
    {
        var longest = 256 + 3 * (entry.Stream.Length + entry.Type.Length + entry.Actor.Length + (entry.TraceParent?.Length ?? 0));
        var rented = ArrayPool<byte>.Shared.Rent(longest);
        try
        {
            var writer = new HeaderWriter(rented);
            writer.Hash(previous);
            writer.Guid(entry.Log.LogId);
            writer.Int64(entry.Log.Epoch);
            writer.Int64(entry.Sequence);
            writer.Text(entry.Stream);
            writer.Int64(entry.StreamVersion);
            writer.Guid(entry.EventId);
            writer.Text(entry.Type);
            writer.Int64(entry.Time.UtcTicks);
            writer.Text(entry.Actor);
            writer.Guid(entry.CommandId);
            writer.Int64(entry.Index);
            writer.Int64(entry.Count);
            writer.Guid(entry.CausationId ?? System.Guid.Empty);
            writer.Int64(entry.Depth);
            writer.Text(entry.TraceParent ?? "");
            writer.Hash(entry.DataHash);
            Span<byte> hash = stackalloc byte[Size];
            SHA256.HashData(writer.Written, hash);
            return new(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The 32 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Writes the 32 bytes to <paramref name="target"/>.</summary>
    public void CopyTo(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, _a);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(target[24..], _d);
    }

    /// <inheritdoc/>
    public bool Equals(EntryHash other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EntryHash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _a.GetHashCode();

    /// <summary>Lower-case hexadecimal.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());

    public static bool operator ==(EntryHash left, EntryHash right) => left.Equals(right);

    public static bool operator !=(EntryHash left, EntryHash right) => !left.Equals(right);

    private ref struct HeaderWriter(Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;
        private int _at;

        public readonly ReadOnlySpan<byte> Written => _buffer[.._at];

        public void Hash(in EntryHash hash)
        {
            hash.CopyTo(_buffer[_at..]);
            _at += Size;
        }

        public void Guid(Guid value)
        {
            value.TryWriteBytes(_buffer[_at..], bigEndian: true, out var written);
            _at += written;
        }

        public void Int64(long value)
        {
            BinaryPrimitives.WriteInt64BigEndian(_buffer[_at..], value);
            _at += 8;
        }

        public void Text(string value)
        {
            var length = Encoding.UTF8.GetBytes(value, _buffer[(_at + 4)..]);
            BinaryPrimitives.WriteInt32BigEndian(_buffer[_at..], length);
            _at += 4 + length;
        }
    }
}
