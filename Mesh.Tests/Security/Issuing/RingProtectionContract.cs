using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Kernel.Credentials;
using Mesh.Kernel.Values;
using Mesh.Security;
using Mesh.Security.Issuing;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Security.Issuing;

/// <summary>A key ring that was made without protection gets it, and what says so says what is.</summary>
public abstract class RingProtectionContract(PostgresServer? server) : StoreContract(server)
{
    private const string Plain = "masterKey";

    [Fact]
    public async Task A_passphrase_that_is_set_later_encrypts_the_ring_and_the_mesh_signs_on()
    {
        var shop = await Mesh.Join();
        Assert.Contains(Plain, Stored(await Document()), StringComparison.Ordinal);
        Assert.Equal("none", await Protection(Mesh));
        var options = new SecurityOptions { PassphraseFile = await Secret("correct horse battery staple") };
        var logs = new SeenLogs();
        await using (var restarted = await Open(options, logs: logs))
        {
            await restarted.Upkeep.RunOnceAsync(Token);
            Assert.Single(logs.Of(8009));
            Assert.DoesNotContain(Plain, Stored(await Document()), StringComparison.Ordinal);
            Assert.Equal("passphrase", await Protection(restarted));
            Assert.Null(await restarted.Renew(shop));
            Assert.Equal(shop.Bundle, (await restarted.Join()).Bundle);
            Assert.Equal("OK", await OpenSsl.Verify(shop.Chain, shop.Bundle, Time.GetUtcNow()));
            Assert.True((await restarted.Authority.ChangeAsync((state, rotation) => rotation.NewIntermediate(state), Token)).Changed);
        }

        var version = (await Document()).Version;
        await using (var again = await Open(options))
        {
            await again.Upkeep.RunOnceAsync(Token);
            Assert.Null(await again.Renew(shop));
            Assert.Equal(version, (await Document()).Version);
        }

        foreach (var wrong in new[] { new SecurityOptions(), new SecurityOptions { PassphraseFile = await Secret("another") } })
        {
            await using var blind = await Open(wrong);
            Assert.Equal("keys-unreadable",
                (await Assert.ThrowsAsync<AuthorityUnusableException>(() => blind.Upkeep.RunOnceAsync(Token))).Code);
            Assert.Equal("keys-unreadable", (await Assert.ThrowsAsync<AuthorityUnusableException>(() => blind.Join())).Code);
            Assert.Equal("passphrase", await Protection(blind));
            Assert.Contains((await blind.Changes.StatusAsync(new Faults(), Token)).Value!.Warnings!,
                warning => warning.Contains("cannot be decrypted", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_certificate_that_is_set_later_encrypts_it_too()
    {
        var shop = await Mesh.Join();
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=ring", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        var file = Path.Combine(Folder, "ring.p12");
        await File.WriteAllBytesAsync(file, certificate.Export(X509ContentType.Pkcs12), Token);
        await using var restarted = await Open(new() { CertificateFile = file });
        Assert.Null(await restarted.Renew(shop));
        Assert.Equal("certificate", await Protection(restarted));
        Assert.DoesNotContain(Plain, Stored(await Document()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Registry_that_runs_meanwhile_without_the_passphrase_issues_nothing_more()
    {
        await Mesh.Join();
        await using (var restarted = await Open(new() { PassphraseFile = await Secret("correct horse battery staple") }))
            await restarted.Join();
        Assert.Equal("keys-unreadable", (await Assert.ThrowsAsync<AuthorityUnusableException>(() => Mesh.Join())).Code);
    }

    private protected async Task<string> Secret(string text)
    {
        var file = Path.Combine(Folder, Guid.NewGuid().ToString());
        await File.WriteAllTextAsync(file, text + "\n", Token);
        return file;
    }

    private protected static async Task<string> Protection(TestMesh mesh) =>
        (await mesh.Changes.StatusAsync(new Faults(), Token)).Value!.KeyProtection;

    private async Task<AuthorityDocument> Document() => (await Mesh.Store.ReadAuthorityAsync(Token))!;

    // The document, and the files of a ring that lies in a folder.
    private string Stored(AuthorityDocument document)
    {
        var keys = Path.Combine(Folder, "keys");
        return Encoding.UTF8.GetString(document.Data.Span)
            + string.Concat(Directory.Exists(keys) ? Directory.GetFiles(keys).Select(File.ReadAllText) : []);
    }
}

public sealed class SqliteRingProtectionTests() : RingProtectionContract(null)
{
    [Fact]
    public async Task Where_it_was_interrupted_the_next_start_removes_what_nothing_protects()
    {
        var shop = await Mesh.Join();
        var former = Assert.Single(Directory.GetFiles(Path.Combine(Folder, "keys")));
        var copy = await File.ReadAllTextAsync(former, Token);
        var options = new SecurityOptions { PassphraseFile = await Secret("correct horse battery staple") };
        await using (var restarted = await Open(options)) await restarted.Join();
        Assert.False(File.Exists(former));
        await File.WriteAllTextAsync(former, copy, Token);
        await using var again = await Open(options);
        Assert.Null(await again.Renew(shop));
        Assert.False(File.Exists(former));
        Assert.Equal("passphrase", await Protection(again));
        var file = Assert.Single(Directory.GetFiles(Path.Combine(Folder, "keys")));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_key_ring_that_is_put_back_is_used_without_a_restart()
    {
        var bundle = (await Mesh.Join()).Bundle;
        var (keys, away) = (Path.Combine(Folder, "keys"), Path.Combine(Folder, "elsewhere"));
        Directory.Move(keys, away);
        await using var blind = await Open();
        Assert.Equal("keys-unreadable", (await Assert.ThrowsAsync<AuthorityUnusableException>(() => blind.Join())).Code);
        Assert.Equal("missing", await Protection(blind));
        Directory.Delete(keys, recursive: true);
        Directory.Move(away, keys);
        Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(bundle, (await blind.Join()).Bundle);
    }
}

public sealed class PostgresRingProtectionTests(PostgresServer server) : RingProtectionContract(server)
{
    [Fact]
    public async Task Registries_that_are_restarted_together_protect_the_ring_once_and_all_sign_on()
    {
        var shop = await Mesh.Join();
        var version = (await Mesh.Store.ReadAuthorityAsync(Token))!.Version;
        var options = new SecurityOptions { PassphraseFile = await Secret("correct horse battery staple") };
        var registries = new List<TestMesh>();
        try
        {
            for (var i = 0; i < 4; i++) registries.Add(await Open(options));
            await Task.WhenAll(registries.Select(one => Task.Run(() => one.Upkeep.RunOnceAsync(Token), Token)));
            Assert.Equal(version + 1, (await Mesh.Store.ReadAuthorityAsync(Token))!.Version);
            foreach (var registry in registries) Assert.Null(await registry.Renew(shop));
        }
        finally
        {
            foreach (var registry in registries) await registry.DisposeAsync();
        }
    }
}
