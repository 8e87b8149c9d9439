using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Kernel.Credentials;
using Mesh.Kernel.Settings;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Security.Keys;

/// <summary>
/// Opens vaults as the settings say. The key ring of a Registry that has the database for itself lies in a folder beside that: a copy of
/// the database is of no use without it. Registries that share a database share the ring there, and whoever can read all of it can read
/// the keys, unless a certificate or a passphrase protects it.
/// </summary>
internal sealed class KeyVaults(IOptions<SecurityOptions> options, ICredentialStore store)
{
    private const string Application = "cdaprod-mesh";

    /// <summary>Where the ring lies.</summary>
    public string Place => Folder is null ? "database" : "folder";

    /// <summary>The folder of the ring; null where it lies in the database.</summary>
    public RingFolder? Folder { get; } = store.Folder is { } beside ? new(Path.Combine(beside, "keys")) : null;

    /// <summary>What is to protect the ring by the settings. What does is for <see cref="KeyVault.Protection"/> to say.</summary>
    public string Configured => options.Value.CertificateFile is { Length: > 0 } ? KeyProtection.Certificate
        : options.Value.PassphraseFile is { Length: > 0 } ? KeyProtection.Passphrase
        : KeyProtection.None;

    /// <summary>The vault of a ring.</summary>
    /// <param name="elements">The ring, where it lies in the database.</param>
    /// <param name="isNew">
    /// Whether a ring without a usable key gets one. A Registry that lacks the passphrase of a ring must not add a key that nothing
    /// protects to it.
    /// </param>
    /// <exception cref="SettingException">A file of the settings cannot be used.</exception>
    public KeyVault Open(IReadOnlyList<string> elements, bool isNew = false)
    {
        if (Folder is null) return Open(new RingRepository(elements), isNew);
        MeshData.CreateFolder(Folder.Path);
        return Open(new FileSystemXmlRepository(new DirectoryInfo(Folder.Path), NullLoggerFactory.Instance), isNew);
    }

    /// <summary>A vault with a ring of its own, in memory, that is protected as the settings say.</summary>
    /// <exception cref="SettingException">A file of the settings cannot be used.</exception>
    public KeyVault OpenNew() => Open(new RingRepository([]), isNew: true);

    private KeyVault Open(IXmlRepository ring, bool isNew)
    {
        var services = new ServiceCollection();
        var protection = services.AddDataProtection().SetApplicationName(Application);
        services.Configure<KeyManagementOptions>(keys =>
        {
            // A key encrypts a handful of others, and another one every few weeks would only be one more to lose.
            keys.NewKeyLifetime = TimeSpan.FromDays(36500);
            keys.AutoGenerateKeys = isNew;
            keys.XmlRepository = ring;
        });
        if (options.Value.PassphraseFile is { Length: > 0 } file)
        {
            var passphrase = new Passphrase(ReadSecret(file, "PassphraseFile"));
            services.AddSingleton(passphrase);
            services.Configure<KeyManagementOptions>(keys => keys.XmlEncryptor = new PassphraseXmlEncryptor(passphrase));
        }
        else if (options.Value.CertificateFile is { Length: > 0 } certificate)
        {
            var pair = ReadCertificate(certificate);
            protection.ProtectKeysWithCertificate(pair).UnprotectKeysWithAnyCertificate(pair);
        }

        return new KeyVault(services.BuildServiceProvider(), ring);
    }

    private X509Certificate2 ReadCertificate(string file)
    {
        var password = options.Value.CertificatePasswordFile is { Length: > 0 } secret
            ? ReadSecret(secret, "CertificatePasswordFile")
            : null;
        try
        {
            return X509CertificateLoader.LoadPkcs12FromFile(file, password, X509KeyStorageFlags.EphemeralKeySet) is
                { HasPrivateKey: true } pair && pair.GetRSAPublicKey() is not null
                ? pair
                : throw new SettingException($"Mesh:Security:CertificateFile '{file}' must hold an RSA certificate with its private key.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new SettingException($"Mesh:Security:CertificateFile '{file}' cannot be read: {unreadable.Message}", unreadable);
        }
    }

    private static string ReadSecret(string file, string setting)
    {
        try
        {
            return File.ReadAllText(file).TrimEnd('\r', '\n') is { Length: > 0 } secret
                ? secret
                : throw new SettingException($"Mesh:Security:{setting} '{file}' is empty.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new SettingException($"Mesh:Security:{setting} '{file}' cannot be read: {unreadable.Message}", unreadable);
        }
    }
}
