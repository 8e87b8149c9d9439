using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Kernel.Settings;
using Mesh.Security;
using Mesh.Security.Authority;
using Mesh.Security.Keys;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Support;
using Microsoft.Extensions.Options;

namespace Mesh.Tests.Security.Keys;

public sealed class KeyVaultTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_key_is_opened_by_a_later_vault_and_only_in_its_own_place()
    {
        using var key = CaKey.New();
        using var first = Vaults().Open([], isNew: true);
        var sealedKey = first.Protect("aa", key);
        using var later = Vaults().Open([]);
        using var opened = later.Open(Entry("aa", sealedKey));
        Assert.Equal(key.Export(), opened.Export());
        Assert.ThrowsAny<CryptographicException>(() => later.Open(Entry("bb", sealedKey)));
        sealedKey[^1] ^= 1;
        Assert.ThrowsAny<CryptographicException>(() => later.Open(Entry("aa", sealedKey)));
        Assert.ThrowsAny<CryptographicException>(() => later.Open(Entry("aa", null)));
    }

    [Fact]
    public void A_passphrase_protects_the_ring()
    {
        var options = new SecurityOptions { PassphraseFile = Secret("one", "correct horse battery staple") };
        var sealedKey = ProtectIn(options);
        Assert.Equal("passphrase", ProtectionBy(options));
        Assert.Equal("passphrase", ProtectionBy(new SecurityOptions()));
        AssertOpens(options, sealedKey);
        AssertOpensNot(new SecurityOptions(), sealedKey);
        AssertOpensNot(new SecurityOptions { PassphraseFile = Secret("two", "another") }, sealedKey);
        AssertRingIsEncrypted();
    }

    [Fact]
    public void A_certificate_protects_the_ring()
    {
        var options = new SecurityOptions { CertificateFile = Pkcs12("one.p12"), CertificatePasswordFile = Secret("password", "p4ss") };
        var sealedKey = ProtectIn(options);
        Assert.Equal("certificate", ProtectionBy(options));
        Assert.Equal("certificate", ProtectionBy(new SecurityOptions()));
        AssertOpens(options, sealedKey);
        AssertOpensNot(new SecurityOptions(), sealedKey);
        AssertOpensNot(
            new SecurityOptions { CertificateFile = Pkcs12("two.p12"), CertificatePasswordFile = options.CertificatePasswordFile },
            sealedKey);
        AssertRingIsEncrypted();
    }

    [Fact]
    public void What_protects_a_ring_is_said_by_its_keys_and_the_least_protected_one_counts()
    {
        Assert.Equal("missing", ProtectionBy(new SecurityOptions()));
        ProtectIn(new SecurityOptions());
        var options = new SecurityOptions { PassphraseFile = Secret("one", "correct horse battery staple") };
        Assert.Equal("none", ProtectionBy(options));
        using var next = Vaults(options).OpenNew();
        using var key = CaKey.New();
        next.Protect("aa", key);
        Assert.Equal("passphrase", next.Protection);
        Vaults().Folder!.Add(next.Ring);
        Assert.Equal("none", ProtectionBy(options));
        File.WriteAllText(Path.Combine(_folder.File("keys"), "key-damaged.xml"), "<key");
        Assert.Equal("other", ProtectionBy(options));
    }

    [Fact]
    public void A_file_that_cannot_be_used_is_named_and_its_content_is_not()
    {
        var absent = _folder.File("absent");
        foreach (var options in new[]
        {
            new SecurityOptions { PassphraseFile = absent }, new SecurityOptions { CertificateFile = absent },
            new SecurityOptions { CertificateFile = Secret("no.p12", "s3cret") },
            new SecurityOptions { CertificateFile = Pkcs12("one.p12"), CertificatePasswordFile = Secret("wrong", "s3cret") },
            new SecurityOptions { PassphraseFile = Secret("empty", "") },
        })
        {
            var fault = Assert.Throws<SettingException>(() => Vaults(options).Open([]));
            Assert.Contains("Mesh:Security:", fault.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cret", fault.ToString(), StringComparison.Ordinal);
        }
    }

    private byte[] ProtectIn(SecurityOptions options)
    {
        using var key = CaKey.New();
        using var vault = Vaults(options).Open([], isNew: true);
        return vault.Protect("aa", key);
    }

    private string ProtectionBy(SecurityOptions options)
    {
        using var vault = Vaults(options).Open([]);
        return vault.Protection;
    }

    private void AssertOpens(SecurityOptions options, byte[] sealedKey)
    {
        using var vault = Vaults(options).Open([]);
        using var key = vault.Open(Entry("aa", sealedKey));
        Assert.StartsWith("ECDSA", key.Description, StringComparison.Ordinal);
    }

    private void AssertOpensNot(SecurityOptions options, byte[] sealedKey)
    {
        using var vault = Vaults(options).Open([]);
        Assert.ThrowsAny<CryptographicException>(() => vault.Open(Entry("aa", sealedKey)));
    }

    private void AssertRingIsEncrypted() => Assert.All(Directory.GetFiles(_folder.File("keys"), "*.xml"),
        file => Assert.DoesNotContain("masterKey", File.ReadAllText(file), StringComparison.Ordinal));

    private KeyVaults Vaults(SecurityOptions? options = null) => new(
        Options.Create(options ?? new SecurityOptions()), new SqliteLogStore(_folder.File("mesh.db")).Credentials);

    private string Secret(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text + "\n");
        return _folder.File(name);
    }

    private string Pkcs12(string name)
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=ring", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        File.WriteAllBytes(_folder.File(name), certificate.Export(X509ContentType.Pkcs12, "p4ss"));
        return _folder.File(name);
    }

    private static CaEntry Entry(string id, byte[]? key) => new() { Id = id, Certificate = [], Key = key, ActiveFrom = default };
}
