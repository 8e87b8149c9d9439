using System.Security.Cryptography;
using System.Text;

namespace Mesh.Identity;

/// <summary>
/// The files of an identity. <c>tls.pem</c> has key and chain in one and is what is read again after a restart; <c>tls.crt</c>,
/// <c>tls.key</c> and <c>ca.crt</c> have them apart. Each is replaced as a whole, by a rename; whoever reads key and certificate
/// between two renames finds that they do not match, and reads again (as gRPC's <c>file_watcher</c> does). Only the owner can read what has
/// the key. For Envoy there are <c>sds-certificate.json</c> and <c>sds-bundle.json</c>.
/// </summary>
/// <param name="path">The folder; it is created, for the owner alone.</param>
/// <param name="forEnvoy">Whether the files for Envoy are written too.</param>
public sealed class SvidFolder(string path, bool forEnvoy = false)
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

    /// <summary>Key and chain as Envoy reads them by SDS.</summary>
    public string EnvoyCertificate => Path.Combine(path, "sds-certificate.json");

    /// <summary>The roots as Envoy reads them by SDS.</summary>
    public string EnvoyBundle => Path.Combine(path, "sds-bundle.json");

    /// <summary>What is there; null where nothing is.</summary>
    /// <exception cref="CryptographicException">There is something that is no identity.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task<WorkloadIdentity?> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (File.Exists(path)) throw new IOException($"{path} is a file; a folder is needed.");
        if (!File.Exists(Combined)) return null;
        var pem = await File.ReadAllTextAsync(Combined, cancellationToken).ConfigureAwait(false);
        var svid = Svid.Parse(pem, File.GetLastWriteTimeUtc(Combined));
        // It was written before the other.
        if (!File.Exists(Bundle)) throw new CryptographicException($"{Bundle}, which belongs to it, is missing.");
        var roots = await File.ReadAllTextAsync(Bundle, cancellationToken).ConfigureAwait(false);
        return new WorkloadIdentity(svid, [.. Blocks(roots)]);
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
        if (forEnvoy) await WriteForEnvoyAsync(identity, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes what is not there yet of an identity that is: files for somebody who was not thought of before.</summary>
    /// <param name="identity">What was read.</param>
    /// <param name="cancellationToken">Ends the writing between two files.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    internal async Task CompleteAsync(WorkloadIdentity identity, CancellationToken cancellationToken)
    {
        if (forEnvoy && !(File.Exists(EnvoyBundle) && File.Exists(EnvoyCertificate)))
            await WriteForEnvoyAsync(identity, cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteForEnvoyAsync(WorkloadIdentity identity, CancellationToken cancellationToken)
    {
        await ReplaceAsync(EnvoyBundle, EnvoySecrets.Bundle(identity.Bundle), Everybody, cancellationToken).ConfigureAwait(false);
        await ReplaceAsync(EnvoyCertificate, EnvoySecrets.Certificate(identity.Svid), Owner, cancellationToken).ConfigureAwait(false);
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
