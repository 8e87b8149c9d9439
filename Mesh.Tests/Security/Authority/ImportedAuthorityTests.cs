using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Kernel.Values;
using Mesh.Security.Authority;
using Mesh.Tests.Security.Support;

namespace Mesh.Tests.Security.Authority;

/// <summary>Authorities that openssl makes, as a company has them.</summary>
public sealed class ImportedAuthorityTests : IDisposable
{
    // Later than openssl makes them.
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1);

    private readonly Mesh.Tests.Support.TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rsa:2048")]
    [InlineData("ec -pkeyopt ec_paramgen_curve:P-256")]
    [InlineData("ec -pkeyopt ec_paramgen_curve:P-384")]
    public async Task A_root_signs_intermediates_of_the_mesh(string key)
    {
        var (certificate, secret) = await Root(key);
        var (imported, faults) = Read(certificate, secret);
        Assert.True(imported is not null, faults);
        using (imported)
        {
            Assert.True(imported.IsRootKey);
            await AssertSigns(imported, certificate);
        }
    }

    [Fact]
    public async Task An_intermediate_signs_and_its_root_is_trusted()
    {
        var (root, rootKey) = await Root("rsa:3072");
        var (below, key) = await Intermediate(rootKey, "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign");
        var (imported, faults) = Read(below + root, key);
        Assert.True(imported is not null, faults);
        using (imported)
        {
            Assert.False(imported.IsRootKey);
            await AssertSigns(imported, root);
        }
    }

    [Theory]
    [InlineData("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature", "it is no authority")]
    [InlineData("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature", "it may not sign certificates")]
    [InlineData("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nnameConstraints=critical,permitted;URI:other.mesh",
        "it may not name this trust domain")]
    [InlineData("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nextendedKeyUsage=critical,codeSigning",
        "it is for something else")]
    [InlineData("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nextendedKeyUsage=clientAuth", "not for servers")]
    [InlineData("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nextendedKeyUsage=serverAuth", "not for clients")]
    public async Task An_authority_whose_certificates_nobody_would_accept_is_refused(string extensions, string because)
    {
        var (root, rootKey) = await Root("ec -pkeyopt ec_paramgen_curve:P-256");
        var (below, key) = await Intermediate(rootKey, extensions);
        var (imported, faults) = Read(below + root, key);
        Assert.True(imported is null && faults.Contains("cannot-sign", StringComparison.Ordinal), $"{because}: {faults}");
    }

    [Fact]
    public async Task What_does_not_belong_together_is_refused()
    {
        var (root, rootKey) = await Root("ec -pkeyopt ec_paramgen_curve:P-256");
        var (below, key) = await Intermediate(rootKey, "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign");
        Assert.Contains("other-key", Read(root, key).Faults, StringComparison.Ordinal);
        Assert.Contains("no-root", Read(below, key).Faults, StringComparison.Ordinal);
        Assert.Contains("not-a-key", Read(root, root).Faults, StringComparison.Ordinal);
        using (var parsed = X509Certificate2.CreateFromPem(root))
        using (var ofRoot = parsed.GetECDsaPublicKey()!)
            Assert.StartsWith("not-a-key", Read(root, ofRoot.ExportSubjectPublicKeyInfoPem()).Faults, StringComparison.Ordinal);
        using (var rsa = RSA.Create(2048))
        {
            foreach (var pem in new[] { rsa.ExportSubjectPublicKeyInfoPem(), rsa.ExportRSAPublicKeyPem() })
                Assert.StartsWith("not-a-key", Read(root, pem).Faults, StringComparison.Ordinal);
        }

        Assert.Contains("not-a-certificate", Read(rootKey, rootKey).Faults, StringComparison.Ordinal);
        Assert.Contains("missing", Read("", "").Faults, StringComparison.Ordinal);
        var (other, _) = await Root("ec -pkeyopt ec_paramgen_curve:P-256");
        Assert.Contains("cannot-sign", Read(below + other, key).Faults, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_one_is_refused()
    {
        var (root, key) = await Root("ec -pkeyopt ec_paramgen_curve:P-256");
        var faults = new Faults();
        Assert.Null(ImportedAuthority.Read(root, key, TrustDomain.Default, Now + TimeSpan.FromDays(400), faults));
        Assert.Equal("not-valid-now", faults.ToRefusal()!.Problems.Single().Code);
    }

    private static async Task AssertSigns(ImportedAuthority imported, string root)
    {
        var authority = new TestAuthority();
        authority.State = TestAuthority.At(Now).Import(authority.State, imported, atOnce: true);
        using var leaf = authority.Issue(authority.Id("shop"), Now);
        Assert.Equal("OK", await OpenSsl.Verify(authority.Chain(leaf, Now), [root], Now));
        Assert.Equal(authority.State.Root(Now).Id, authority.State.Signer(Now).RootId);
        Assert.Equal(imported.IsRootKey, authority.State.Root(Now).Key is not null);
    }

    private static (ImportedAuthority? Imported, string Faults) Read(string certificates, string key)
    {
        var faults = new Faults();
        var read = ImportedAuthority.Read(certificates, key, TrustDomain.Default, Now, faults);
        return (read, string.Join("; ", faults.ToRefusal()?.Problems.Select(one => $"{one.Code}: {one.Message}") ?? []));
    }

    private async Task<(string Certificate, string Key)> Root(string key)
    {
        var (certificate, secret) = (_folder.File("root.pem"), _folder.File("root.key"));
        await Do(["req", "-x509", "-newkey", .. key.Split(' '), "-nodes", "-keyout", secret, "-out", certificate, "-days", "365", "-subj",
            "/O=Example/CN=Example Root", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]);
        return (await File.ReadAllTextAsync(certificate), await File.ReadAllTextAsync(secret));
    }

    private async Task<(string Certificate, string Key)> Intermediate(string rootKey, string extensions)
    {
        var (request, certificate, secret) = (_folder.File("int.csr"), _folder.File("int.pem"), _folder.File("int.key"));
        await File.WriteAllTextAsync(_folder.File("int.ext"), extensions + "\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
        await File.WriteAllTextAsync(_folder.File("root.key"), rootKey);
        await Do(["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", secret, "-out", request, "-subj",
            "/O=Example/CN=Example Intermediate"]);
        await Do(["x509", "-req", "-in", request, "-CA", _folder.File("root.pem"), "-CAkey", _folder.File("root.key"), "-CAcreateserial",
            "-days", "90", "-extfile", _folder.File("int.ext"), "-out", certificate]);
        return (await File.ReadAllTextAsync(certificate), await File.ReadAllTextAsync(secret));
    }

    private static async Task Do(string[] arguments)
    {
        var (code, output) = await OpenSsl.Run(arguments);
        Assert.True(code == 0, output);
    }
}
