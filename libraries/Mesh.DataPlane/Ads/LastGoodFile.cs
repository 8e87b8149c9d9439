using System.Security.Cryptography;
using Google.Protobuf;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Ads;

/// <summary>
/// The last good configuration on disk: a SHA-256 of the rest, then one length-prefixed delta response for each type. It is replaced as a
/// whole, so a crash leaves either the old file or the new one.
/// </summary>
internal sealed class LastGoodFile(string path)
{
    public string Path => path;

    /// <summary>Reads the file.</summary>
    /// <returns>Its responses; null if there is no file.</returns>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public IReadOnlyList<DeltaDiscoveryResponse>? Load()
    {
        if (!File.Exists(path))
            return null;

        var bytes = File.ReadAllBytes(path);
        if (!IsWhole(bytes))
            throw new InvalidDataException("its checksum does not match its content");

        var responses = new List<DeltaDiscoveryResponse>();
        using var stream = new MemoryStream(bytes, SHA256.HashSizeInBytes, bytes.Length - SHA256.HashSizeInBytes);
        while (stream.Position < stream.Length)
            responses.Add(DeltaDiscoveryResponse.Parser.ParseDelimitedFrom(stream));
        return responses;
    }

    private static bool IsWhole(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= SHA256.HashSizeInBytes
        && SHA256.HashData(bytes[SHA256.HashSizeInBytes..]).AsSpan().SequenceEqual(bytes[..SHA256.HashSizeInBytes]);

    /// <summary>Replaces the file.</summary>
    public void Save(IReadOnlyList<DeltaDiscoveryResponse> responses)
    {
        using var content = new MemoryStream();
        foreach (var response in responses)
            response.WriteDelimitedTo(content);
        var bytes = content.GetBuffer().AsSpan(0, (int)content.Length);

        CreateFolder(System.IO.Path.GetDirectoryName(path)!);
        var draft = path + ".new";
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(SHA256.HashData(bytes));
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
    }

    // What services there are and where is for the owner alone.
    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
