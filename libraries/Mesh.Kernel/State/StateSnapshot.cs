using System.Collections.Immutable;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Mesh.Kernel.Log;

namespace Mesh.Kernel.State;

/// <summary>
/// Writes a whole state to bytes and reads it back: what a Registry keeps for a quick start, what a replica attaches with, and what goes
/// to Redis as last-known-good. SHA-256 of the rest, which is Brotli over: format version, fingerprint, position, streams, then each
/// module's own bytes. The hash is looked at first: what a damaged disk or a cut transfer has left is never read as a state.
/// </summary>
public static class StateSnapshot
{
    /// <summary>Raised with every change of the format.</summary>
    public const int FormatVersion = 2;

    /// <summary>The state as bytes.</summary>
    /// <exception cref="InvalidOperationException">The state had to skip an entry, so it must not be saved.</exception>
    public static StoredSnapshot Save(StateFolder folder, MeshState state)
    {
        if (state.Skipped > 0)
            throw new InvalidOperationException($"The state at {state.Sequence} skipped {state.Skipped} entries and must not be saved.");
        using var bytes = new MemoryStream();
        bytes.SetLength(bytes.Position = SHA256.HashSizeInBytes);
        using (var brotli = new BrotliStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var buffer = new BufferedStream(brotli, 64 * 1024))
        using (var writer = new BinaryWriter(buffer, Encoding.UTF8))
        {
            writer.Write(FormatVersion);
            writer.Write(folder.Fingerprint);
            writer.Write(state.Position.Log.LogId.ToByteArray());
            writer.Write(state.Position.Log.Epoch);
            writer.Write(state.Position.Sequence);
            writer.Write(state.Position.Hash.ToArray());
            writer.Write(state.Position.Time.UtcTicks);
            writer.Write(state.Streams.Count);
            foreach (var (name, stream) in state.Streams)
            {
                writer.Write(name);
                writer.Write7BitEncodedInt64(stream.Version);
                writer.Write7BitEncodedInt64(stream.Sequence);
            }

            for (var i = 0; i < folder.Folds.Length; i++)
            {
                using var part = new MemoryStream();
                folder.Folds[i].Save(state.Module(i), part);
                writer.Write(checked((int)part.Length));
                writer.Flush();
                part.WriteTo(buffer);
            }
        }

        var data = bytes.ToArray();
        SHA256.HashData(data.AsSpan(SHA256.HashSizeInBytes), data);
        return new StoredSnapshot(folder.Fingerprint, state.Position, data);
    }

    /// <summary>The state that <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are damaged, or of another fold.</exception>
    public static MeshState Load(StateFolder folder, ReadOnlyMemory<byte> data)
    {
        if (data.Length <= SHA256.HashSizeInBytes)
            throw new InvalidDataException($"The state snapshot is damaged: {data.Length} bytes are none.");
        if (!SHA256.HashData(data.Span[SHA256.HashSizeInBytes..]).AsSpan().SequenceEqual(data.Span[..SHA256.HashSizeInBytes]))
            throw new InvalidDataException("The state snapshot is damaged: it does not have the hash that it was written with.");
        try
        {
            using var brotli = new BrotliStream(new MemoryStream(data[SHA256.HashSizeInBytes..].ToArray()), CompressionMode.Decompress);
            using var reader = new BinaryReader(brotli, Encoding.UTF8);
            if (reader.ReadInt32() is var format && format != FormatVersion)
                throw new InvalidDataException($"Snapshot format {format}, expected {FormatVersion}.");
            if (reader.ReadString() is var print && print != folder.Fingerprint)
                throw new InvalidDataException($"Snapshot of fold {print}, this is {folder.Fingerprint}.");
            var log = new LogIdentity(new Guid(reader.ReadBytes(16)), reader.ReadInt64());
            var position = new LogPosition(log, reader.ReadInt64(), new EntryHash(reader.ReadBytes(EntryHash.Size)),
                new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero));
            var streams = ImmutableDictionary.CreateBuilder<string, StreamState>(StringComparer.Ordinal);
            for (var left = reader.ReadInt32(); left > 0; left--)
            {
                var name = reader.ReadString();
                streams[name] = new StreamState(reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());
            }

            var modules = ImmutableArray.CreateBuilder<object>(folder.Folds.Length);
            foreach (var fold in folder.Folds)
            {
                using var part = new MemoryStream(reader.ReadBytes(reader.ReadInt32()));
                modules.Add(fold.Load(part));
            }

            return new MeshState(position, streams.ToImmutable(), [.. folder.Folds.Select(fold => fold.Module)], modules.MoveToImmutable(),
                0);
        }
        catch (Exception exception) when (exception is EndOfStreamException or IOException or FormatException or ArgumentException
            or InvalidOperationException or OverflowException or System.Text.Json.JsonException)
        {
            throw new InvalidDataException($"The state snapshot is damaged: {exception.Message}", exception);
        }
    }
}
