using System.Security.Cryptography;
using System.Text;

namespace Mesh.Identity;

/// <summary>
/// The files of an identity. <c>tls.pem</c> has key and chain in one and is what is read again after a restart; <c>tls.crt</c>,
/// <c>tls.key</c> and <c>ca.crt</c> have them apart. Each is replaced as a whole, by a rename; whoever reads key and certificate
/// between two renames finds that they do not match, and reads again (as gRPC's <c>file_watcher</c> does). Only the owner can read what has
/// the key.
/// </summary>
/// <param name="path">The folder; it is created, for the owner alone.</param>
public sealed class SvidFolder(string path)
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Everybody = Owner | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Key and chain in one file.</summary>
    public string Combined => Path.Combine(path, "tls.pem");

    /// <summary>The private key.</summary>
    public string Key => Path.Combine(path, "tls.key");

    /// <summary>The certificate with its chain.</summary>
    public string Certificate => Path.Combine(path, "tls.crt");

    /// <summary>The roots to be trusted.</summary>
    public string Bundle => Path.Combine(path, "ca.crt");

    /// <summary>What is there; null where nothing is.</summary>
    /// <exception cref="CryptographicException">There is something that is no identity.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task<WorkloadIdentity?> ReadAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var pem = await File.ReadAllTextAsync(Combined, cancellationToken).ConfigureAwait(false);
            var roots = await File.ReadAllTextAsync(Bundle, cancellationToken).ConfigureAwait(false);
            return new WorkloadIdentity(Svid.Parse(pem, File.GetLastWriteTimeUtc(Combined)), [.. Blocks(roots)]);
        }
        catch (Exception none) when (none is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Replaces what is there: the roots first, so that whoever has the new certificate can be checked.</summary>
    /// <param name="identity">What there is from now on.</param>
    /// <param name="cancellationToken">Ends the writing between two files.</param>
    /// <exception cref="IOException">A file cannot be written; what was there is still there.</exception>
    public async Task WriteAsync(WorkloadIdentity identity, CancellationToken cancellationToken = default)
    {
        var svid = identity.Svid;
        if (!Directory.Exists(path))
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, Owner | UnixFileMode.UserExecute);
        }

        await ReplaceAsync(Bundle, Lines(identity.Bundle), Everybody, cancellationToken).ConfigureAwait(false);
        await ReplaceAsync(Combined, svid.ToPem(), Owner, cancellationToken).ConfigureAwait(false);
        await ReplaceAsync(Key, svid.KeyPem + "\n", Owner, cancellationToken).ConfigureAwait(false);
        await ReplaceAsync(Certificate, Lines(svid.Chain), Everybody, cancellationToken).ConfigureAwait(false);
    }

    private static List<string> Blocks(string pem)
    {
        var blocks = new List<string>();
        for (var rest = pem.AsSpan(); PemEncoding.TryFind(rest, out var block); rest = rest[block.Location.End..])
            blocks.Add(rest[block.Location].ToString());
        return blocks;
    }

    private static string Lines(IEnumerable<string> blocks) => string.Concat(blocks.Select(block => block.TrimEnd('\n') + "\n"));

    private static async Task ReplaceAsync(string file, string text, UnixFileMode mode, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        // From its first byte on: a mode that is set afterwards comes too late.
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        var next = file + ".next";
        // One that a crash has left may have another mode.
        File.Delete(next);
        var stream = new FileStream(next, options);
        await using (stream.ConfigureAwait(false))
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(text), cancellationToken).ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, file, overwrite: true);
    }
}
