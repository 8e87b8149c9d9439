using System.Security.Cryptography;
using Mesh.Security.Issuing;

namespace Mesh.Tests.Security.Issuing;

public sealed class SqliteIssuingTests() : IssuingContract(null)
{
    [Fact]
    public async Task Without_its_key_ring_the_authority_issues_nothing_says_why_and_is_never_replaced()
    {
        var shop = await Mesh.Join();
        var bundle = shop.Bundle;
        var (keys, away) = (Path.Combine(Folder, "keys"), Path.Combine(Folder, "elsewhere"));
        Directory.Move(keys, away);
        await using (var blind = await Open())
        {
            var unusable = await Assert.ThrowsAsync<AuthorityUnusableException>(() => blind.Join());
            Assert.Equal("keys-unreadable", unusable.Code);
            Assert.IsAssignableFrom<CryptographicException>(unusable.InnerException);
            Assert.Equal("keys-unreadable", (await Assert.ThrowsAsync<AuthorityUnusableException>(
                () => blind.Authority.ChangeAsync((state, rotation) => rotation.NewIntermediate(state), Token))).Code);
        }

        Directory.Delete(keys, recursive: true);
        Directory.Move(away, keys);
        await using var again = await Open();
        Assert.Equal(bundle, (await again.Join()).Bundle);
    }

    [Fact]
    public async Task The_key_ring_is_in_a_folder_that_only_its_owner_can_read()
    {
        await Mesh.Join();
        var folder = Path.Combine(Folder, "keys");
        Assert.NotEmpty(Directory.GetFiles(folder, "*.xml"));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
    }

    [Fact]
    public async Task A_passphrase_file_that_is_not_there_and_a_damaged_authority_are_named_and_nothing_is_made_in_their_place()
    {
        await using (var blind = await Open(new() { PassphraseFile = Path.Combine(Folder, "absent") }))
        {
            var refused = await Assert.ThrowsAsync<AuthorityUnusableException>(() => blind.Upkeep.RunOnceAsync(Token));
            Assert.Equal("key-protection", refused.Code);
            Assert.Contains("PassphraseFile", refused.Message, StringComparison.Ordinal);
            Assert.Null(await blind.Store.ReadAuthorityAsync(Token));
            Assert.True(await blind.Store.TryWriteAuthorityAsync(0, "{}"u8.ToArray(), Token));
        }

        Assert.Equal("authority-damaged",
            (await Assert.ThrowsAsync<AuthorityUnusableException>(() => Mesh.Upkeep.RunOnceAsync(Token))).Code);
        Assert.Equal(1, (await Mesh.Store.ReadAuthorityAsync(Token))!.Version);
    }

    [Fact]
    public async Task Another_trust_domain_than_the_authoritys_is_refused_and_none_means_the_authoritys()
    {
        await using (var made = await Open(new() { TrustDomain = "prod.example.com" }))
            Assert.Equal("prod.example.com", (await made.Authority.GetAsync(Token)).State.TrustDomain);
        await using var any = await Open();
        Assert.Equal("prod.example.com", (await any.Authority.GetAsync(Token)).State.TrustDomain);
        await using var other = await Open(new() { TrustDomain = "dev.example.com" });
        Assert.Equal("other-trust-domain",
            (await Assert.ThrowsAsync<AuthorityUnusableException>(async () => await other.Authority.GetAsync(Token))).Code);
    }
}
