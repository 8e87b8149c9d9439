using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Security;
using Mesh.Security.Authority;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Security.Issuing;

/// <summary>Who gets a certificate, and who does not; each rule runs against SQLite and PostgreSQL.</summary>
public abstract class IssuingContract(PostgresServer? server) : StoreContract(server)
{
    [Fact]
    public async Task A_join_token_gives_one_certificate_of_its_own_service_that_openssl_accepts()
    {
        using var key = TestCsr.Key();
        var token = await Mesh.NewToken("shop");
        var issued = TestMesh.Accepted(await Mesh.Issuer.JoinAsync(TestCsr.Of(key), token, Token));
        Assert.Equal("spiffe://cdaprod.mesh/ns/default/sa/shop", issued.Identity.ToString());
        Assert.Equal("OK", await OpenSsl.Verify(issued.Chain, issued.Bundle, Time.GetUtcNow()));
        using var leaf = X509Certificate2.CreateFromPem(issued.Chain[0]);
        Assert.Equal(issued.Identity, LeafCertificate.IdentityIn(leaf));
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), leaf.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromHours(24), issued.NotAfter);
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromHours(12), issued.RenewAt);

        Assert.Equal("join-token-refused", Code(await Mesh.Issuer.JoinAsync(TestCsr.Of(key), token, Token)));
    }

    [Fact]
    public async Task A_hundred_parallel_uses_of_one_token_have_exactly_one_success()
    {
        var token = await Mesh.NewToken();
        await Mesh.Authority.GetAsync(Token);
        var requests = Enumerable.Range(0, 100).Select(_ => TestCsr.Of(TestCsr.Key())).ToList();
        var answers = await Task.WhenAll(requests.Select(csr => Task.Run(() => Mesh.Issuer.JoinAsync(csr, token, Token), Token)));
        Assert.Single(answers, answer => answer.Certificate is not null);
        Assert.All(answers.Where(answer => answer.Certificate is null), answer => Assert.Equal("join-token-refused", Code(answer)));
        Assert.Single(await Mesh.Store.ListCertificatesAsync(null, 200, Token));
    }

    [Fact]
    public async Task A_token_that_is_wrong_expired_or_revoked_gives_nothing_and_all_are_refused_alike()
    {
        using var key = TestCsr.Key();
        var valid = await Mesh.NewToken();
        var parts = valid.Split('.');
        var revoked = await Mesh.NewToken();
        Assert.True(await Mesh.Store.RevokeJoinTokenAsync(revoked.Split('.')[1], Time.GetUtcNow(), Token));
        var expired = await Mesh.NewToken(lifetime: TimeSpan.FromSeconds(10));
        Time.Advance(TimeSpan.FromSeconds(10));
        string[] wrong =
        [
            "hello", "mesh-join..", $"mesh-join.{parts[1]}.{new string('A', parts[2].Length)}",
            $"mesh-join.{new string('A', 12)}.{parts[2]}",
            valid + " ", valid.ToUpperInvariant(), new string('a', 10_000), revoked, expired, (await Mesh.NewToken()).Split('.')[1],
        ];
        var messages = new HashSet<string>();
        foreach (var token in wrong)
        {
            var (issued, refusal) = await Mesh.Issuer.JoinAsync(TestCsr.Of(key), token, Token);
            Assert.Null(issued);
            Assert.Equal(RefusalKind.Forbidden, refusal!.Kind);
            messages.Add(Assert.Single(refusal.Problems).Message);
        }

        Assert.Single(messages);
        Assert.Empty(await Mesh.Store.ListCertificatesAsync(null, 10, Token));
        TestMesh.Accepted(await Mesh.Issuer.JoinAsync(TestCsr.Of(key), valid, Token));
    }

    [Fact]
    public async Task A_request_that_names_another_service_is_refused_and_does_not_use_up_the_token()
    {
        using var key = TestCsr.Key();
        var token = await Mesh.NewToken("shop");
        var bank = TestCsr.Of(key, "spiffe://cdaprod.mesh/ns/default/sa/bank");
        Assert.Equal("wrong-name", Code(await Mesh.Issuer.JoinAsync(bank, token, Token)));
        TestMesh.Accepted(await Mesh.Issuer.JoinAsync(TestCsr.Of(key, "spiffe://cdaprod.mesh/ns/default/sa/shop"), token, Token));
    }

    [Fact]
    public async Task A_valid_certificate_is_renewed_and_the_identity_stays()
    {
        var shop = await Mesh.Join();
        var first = shop.Chain[0];
        Time.Advance(TimeSpan.FromHours(12));
        Assert.Null(await Mesh.Renew(shop));
        Assert.NotEqual(first, shop.Chain[0]);
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromHours(24), shop.NotAfter);
        Assert.Equal("OK", await OpenSsl.Verify(shop.Chain, shop.Bundle, Time.GetUtcNow()));
        var records = await Mesh.Store.ListCertificatesAsync("spiffe://cdaprod.mesh/ns/default/sa/shop", 10, Token);
        Assert.Equal(2, records.Count);
        Assert.Equal($"certificate:{records[1].Serial}", records[0].Requester);
        Assert.StartsWith("join-token:", records[1].Requester, StringComparison.Ordinal);
        Assert.All(records, record => Assert.Equal(36, record.Serial.Length));
    }

    [Fact]
    public async Task A_certificate_is_renewed_by_who_has_its_key_only()
    {
        var (shop, bank) = (await Mesh.Join(), await Mesh.Join("bank"));
        var csr = TestCsr.Of(TestCsr.Key());
        async Task<string?> Renew(ReadOnlyMemory<byte> signature, string? request = null) =>
            Code(await Mesh.Issuer.RenewAsync(request ?? csr, shop.Chain[0], signature, Token));
        Assert.Equal("wrong-signature", await Renew(bank.Sign(csr)));
        Assert.Equal("wrong-signature", await Renew(shop.Sign(TestCsr.Of(TestCsr.Key()))));
        Assert.Equal("wrong-signature", await Renew(new byte[70]));
        Assert.Equal("missing", await Renew(default));
        Assert.Equal("wrong-name", await RenewNaming(shop, "spiffe://cdaprod.mesh/ns/default/sa/bank"));
        Assert.Null(await Renew(shop.Sign(csr)));
        // What somebody has overheard is of no use to him, nor does it fill the table.
        Assert.Equal("request-repeated", await Renew(shop.Sign(csr)));
    }

    [Fact]
    public async Task A_certificate_of_another_authority_one_without_identity_and_an_expired_one_are_not_renewed()
    {
        var shop = await Mesh.Join();
        var csr = TestCsr.Of(TestCsr.Key());
        using var key = TestCsr.Key();
        using var own = new CertificateRequest(new X500DistinguishedName("CN=x"), key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(Time.GetUtcNow().AddDays(-1), Time.GetUtcNow().AddDays(1));
        var other = new TestAuthority();
        using var foreign = other.Issue(other.Id("shop"), Time.GetUtcNow());
        foreach (var certificate in new[] { own, foreign })
        {
            var answer = await Mesh.Issuer.RenewAsync(csr, certificate.ExportCertificatePem(), new byte[70], Token);
            Assert.Equal("certificate-refused", Code(answer));
        }

        Assert.Equal("not-a-certificate", Code(await Mesh.Issuer.RenewAsync(csr, "hello", new byte[70], Token)));

        // An intermediate is signed by the root, and names nobody.
        Assert.Equal("certificate-refused", Code(await Mesh.Issuer.RenewAsync(csr, shop.Chain[1], new byte[70], Token)));
        Time.Advance(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1));
        Assert.Equal("certificate-refused", await Mesh.Renew(shop));
    }

    [Fact]
    public async Task What_is_on_the_deny_list_is_not_renewed_until_it_is_off_again()
    {
        var (shop, bank) = (await Mesh.Join(), await Mesh.Join("bank"));
        var serial = (await Mesh.Store.ListCertificatesAsync("spiffe://cdaprod.mesh/ns/default/sa/shop", 1, Token))[0].Serial;
        var typed = string.Join(':', serial.Chunk(2).Select(two => new string(two))).ToUpperInvariant();
        Assert.True((await Deny(serial: typed)).Value!.Changed);
        Assert.False((await Deny(serial: typed)).Value!.Changed);
        Assert.Equal("denied", await Mesh.Renew(shop));
        Assert.Null(await Mesh.Renew(await Mesh.Join()));

        Assert.True((await Deny(service: "bank")).Value!.Changed);
        Assert.Equal("denied", await Mesh.Renew(bank));
        Assert.Equal("denied", Code(await Mesh.Issuer.JoinAsync(TestCsr.Of(TestCsr.Key()), await Mesh.NewToken("bank"), Token)));
        await Mesh.Credentials.RemoveRevocationAsync(null, "bank", null, "test", new Faults(), Token);
        Assert.Null(await Mesh.Renew(bank));
    }

    [Fact]
    public async Task Rotations_by_another_Registry_are_seen_by_the_next_signature_and_leaves_of_before_are_renewed()
    {
        var shop = await Mesh.Join();
        await using var other = await Open();
        Assert.True((await other.Authority.ChangeAsync((state, rotation) => rotation.NewIntermediate(state), Token)).Changed);
        var before = shop.Chain[1];
        Assert.Null(await Mesh.Renew(shop));
        Assert.NotEqual(before, shop.Chain[1]);

        await other.Authority.ChangeAsync((state, rotation) => rotation.NewRoot(state, atOnce: true), Token);
        Assert.Null(await Mesh.Renew(shop));
        Assert.Equal(2, shop.Bundle.Count);
        Assert.Equal("OK", await OpenSsl.Verify(shop.Chain, shop.Bundle, Time.GetUtcNow()));
    }

    [Fact]
    public async Task The_authority_is_the_same_after_a_restart_and_renews_itself_in_time()
    {
        var shop = await Mesh.Join();
        var before = await Mesh.Authority.GetAsync(Token);
        await using var again = await Open();
        await again.Upkeep.RunOnceAsync(Token);
        Assert.Equal(before.Version, (await again.Authority.GetAsync(Token)).Version);
        Assert.Null(await again.Renew(shop));

        Time.Advance(TimeSpan.FromDays(61));
        await again.Upkeep.RunOnceAsync(Token);
        var after = await again.Authority.GetAsync(Token);
        Assert.NotEqual(before.State.Signer(Time.GetUtcNow()).Id, after.State.Signer(Time.GetUtcNow()).Id);
        Assert.Equal(before.State.Root(Time.GetUtcNow()).Id, after.State.Root(Time.GetUtcNow()).Id);
        await again.Upkeep.RunOnceAsync(Token);
        Assert.Equal(after.Version, (await again.Authority.GetAsync(Token)).Version);
        Assert.Equal([true, true], after.State.Intermediates.Select(one => one.Key is not null));

        // The key of what signs no more is gone from the database once no clock can be so far behind.
        Time.Advance(new SecurityOptions().ClockSkew);
        await again.Upkeep.RunOnceAsync(Token);
        after = await again.Authority.GetAsync(Token);
        Assert.Equal([false, true], after.State.Intermediates.Select(one => one.Key is not null));
    }

    [Fact]
    public async Task A_mesh_that_stood_still_past_the_end_of_its_intermediate_and_of_its_root_recovers_by_itself()
    {
        await Mesh.Join();
        foreach (var sleep in new[] { TimeSpan.FromDays(100), TimeSpan.FromDays(4000) })
        {
            Time.Advance(sleep);
            await Mesh.Upkeep.RunOnceAsync(Token);
            var shop = await Mesh.Join();
            Assert.Equal("OK", await OpenSsl.Verify(shop.Chain, shop.Bundle, Time.GetUtcNow()));
        }
    }

    [Fact]
    public async Task A_longer_life_of_leaves_lengthens_the_overlap_before_the_first_one_begins()
    {
        await Mesh.Join();
        await using var longer = await Open(new SecurityOptions { LeafLifetime = TimeSpan.FromDays(7) });
        await longer.Join();
        Assert.Equal(TimeSpan.FromDays(7), (await Mesh.Authority.RefreshAsync(Token)).State.LongestLeaf);
    }

    [Fact]
    public async Task Nothing_secret_is_in_the_database_as_it_is()
    {
        var token = await Mesh.NewToken();
        await Mesh.Join();
        var state = (await Mesh.Authority.GetAsync(Token)).State;
        var stored = (await Mesh.Store.ReadAuthorityAsync(Token))!.Data;
        foreach (var entry in state.Roots.Concat(state.Intermediates))
        {
            using var key = (await Mesh.Authority.GetAsync(Token)).Vault.Open(entry);
            var plain = key.Export();
            Assert.Equal(-1, stored.Span.IndexOf(Encoding.ASCII.GetBytes(Convert.ToBase64String(plain)[..40])));
            Assert.Equal(-1, entry.Key.AsSpan().IndexOf(plain.AsSpan(plain.Length - 32)));
        }

        var record = (await Mesh.Store.FindJoinTokenAsync(token.Split('.')[1], Token))!;
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(token.Split('.')[2])), record.Hash.ToArray());
    }

    private async Task<string?> RenewNaming(TestIdentity identity, string name)
    {
        var csr = TestCsr.Of(identity.Next(), name);
        return Code(await Mesh.Issuer.RenewAsync(csr, identity.Chain[0], identity.Sign(csr), Token));
    }
}
