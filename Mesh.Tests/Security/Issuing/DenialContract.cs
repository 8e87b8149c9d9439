using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Credentials;
using Mesh.Kernel.Values;
using Mesh.Security.Authority;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;
using Npgsql;

namespace Mesh.Tests.Security.Issuing;

/// <summary>What stops a thief: of a workload's key, and of an intermediate's.</summary>
public abstract class DenialContract(PostgresServer? server) : StoreContract(server)
{
    private const string Shop = "spiffe://cdaprod.mesh/ns/default/sa/shop";

    [Fact]
    public async Task Who_has_stolen_the_key_of_the_intermediate_renews_nothing_that_was_not_recorded_not_even_under_a_serial_that_was()
    {
        var shop = await Mesh.Join();
        using var real = X509Certificate2.CreateFromPem(shop.Chain[0]);
        var messages = new HashSet<string>();
        foreach (var (service, serial) in new[] { ("bank", RandomNumberGenerator.GetBytes(18)), ("shop", real.SerialNumberBytes.ToArray()),
            ("bank", real.SerialNumberBytes.ToArray()) })
        {
            using var key = TestCsr.Key();
            using var forged = await Forge(service, serial, key);
            var csr = TestCsr.Of(TestCsr.Key());
            var (issued, refusal) = await Mesh.Issuer.RenewAsync(csr, forged.ExportCertificatePem(), TestIdentity.Sign(key, csr), Token);
            Assert.Null(issued);
            Assert.Equal((RefusalKind.Forbidden, "certificate-refused"), (refusal!.Kind, refusal.Problems.Single().Code));
            messages.Add(refusal.Problems[0].Message);
        }

        Assert.Single(messages);
        Assert.Null(await Mesh.Renew(shop));
    }

    [Fact]
    public async Task A_leaf_below_an_intermediate_that_has_expired_is_not_renewed_even_if_it_is_recorded()
    {
        await Mesh.Join();
        using var key = TestCsr.Key();
        using var forged = await Forge("bank", RandomNumberGenerator.GetBytes(18), key, TimeSpan.FromDays(60));
        var token = (await Mesh.NewToken("bank")).Split('.')[1];
        var record = new CertificateRecord
        {
            Serial = Serials.Of(forged), Identity = LeafCertificate.IdentityIn(forged)!.ToString(), Issuer = "aa",
            Fingerprint = SHA256.HashData(forged.RawData), RequestHash = new byte[32], NotBefore = Time.GetUtcNow(),
            NotAfter = forged.NotAfter, IssuedAt = Time.GetUtcNow(), Requester = "test",
        };
        Assert.Equal(IssueOutcome.Issued, await Mesh.Store.TryIssueAsync(record, new(1, token, null, record.Identity), Token));
        async Task<string?> Renew()
        {
            var csr = TestCsr.Of(TestCsr.Key());
            return Code(await Mesh.Issuer.RenewAsync(csr, forged.ExportCertificatePem(), TestIdentity.Sign(key, csr), Token));
        }

        await Rotate();
        Time.Advance(TimeSpan.FromHours(23));
        Assert.Null(await Renew());
        Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal("certificate-refused", await Renew());
    }

    [Fact]
    public async Task A_denied_serial_stops_what_was_renewed_from_it_and_its_owner_joins_anew()
    {
        var shop = await Mesh.Join();
        var first = await Serial();
        Time.Advance(TimeSpan.FromHours(1));
        Assert.Null(await Mesh.Renew(shop));
        Time.Advance(TimeSpan.FromHours(1));
        Assert.Null(await Mesh.Renew(shop));
        var bystander = await Mesh.Join();

        Assert.True((await Deny(serial: first)).Value!.Changed);
        Assert.Equal("denied", await Mesh.Renew(shop));
        Assert.Null(await Mesh.Renew(bystander));
        var owner = await Mesh.Join();
        Assert.Null(await Mesh.Renew(owner));

        var removed = await Mesh.Credentials.RemoveRevocationAsync(first, null, null, "test", new Faults(), Token);
        Assert.True(removed.Value!.Changed);
        Assert.Null(await Mesh.Renew(shop));
        var records = await Mesh.Store.ListCertificatesAsync(Shop, 10, Token);
        Assert.Equal(3, records.Select(one => one.Lineage).Distinct().Count());
        Assert.All(records.Where(one => one.Requester.StartsWith("join-token:", StringComparison.Ordinal)),
            one => Assert.Equal($"join-token:{one.Lineage}", one.Requester));
    }

    [Fact]
    public async Task A_later_serial_of_the_lineage_stops_it_too_and_each_denial_is_removed_by_itself()
    {
        var shop = await Mesh.Join();
        var first = await Serial();
        Time.Advance(TimeSpan.FromHours(1));
        Assert.Null(await Mesh.Renew(shop));
        var second = await Serial();
        Assert.True((await Deny(serial: first)).Value!.Changed);
        Assert.True((await Deny(serial: second)).Value!.Changed);
        await Mesh.Credentials.RemoveRevocationAsync(first, null, null, "test", new Faults(), Token);
        Assert.Equal("denied", await Mesh.Renew(shop));
        await Mesh.Credentials.RemoveRevocationAsync(second, null, null, "test", new Faults(), Token);
        Assert.Null(await Mesh.Renew(shop));
    }

    [Fact]
    public async Task A_serial_that_nobody_has_is_not_denied()
    {
        await Mesh.Join();
        var answer = await Deny(serial: "4a01ff");
        Assert.Equal((RefusalKind.NotFound, "unknown-certificate"), (answer.Refusal!.Kind, Code(answer)));
        Assert.Empty(await Mesh.Store.ListRevocationsAsync(10, Token));
    }

    [Fact]
    public async Task Once_a_denial_is_answered_no_certificate_is_recorded_any_more()
    {
        await using var other = await Open();
        for (var round = 0; round < 5; round++)
        {
            var workloads = new List<TestIdentity>();
            for (var i = 0; i < 24; i++) workloads.Add(await Mesh.Join());
            var renewals = workloads.Select((one, index) => Task.Run(() => (index % 2 == 0 ? Mesh : other).Renew(one), Token)).ToList();
            await Task.WhenAny(renewals);
            Assert.True((await Deny(service: "shop")).Value!.Changed);
            var recorded = (await Mesh.Store.ListCertificatesAsync(Shop, 1000, Token)).Count;
            var codes = await Task.WhenAll(renewals);
            Assert.Equal(recorded, (await Mesh.Store.ListCertificatesAsync(Shop, 1000, Token)).Count);
            Assert.All(codes, code => Assert.True(code is null or "denied", code));
            await Mesh.Credentials.RemoveRevocationAsync(null, "shop", null, "test", new Faults(), Token);
        }
    }

    private async Task<string> Serial() => (await Mesh.Store.ListCertificatesAsync(Shop, 1, Token))[0].Serial;

    // By the intermediate's own key.
    private async Task<X509Certificate2> Forge(string service, byte[] serial, ECDsa key, TimeSpan? life = null)
    {
        var loaded = await Mesh.Authority.GetAsync(Token);
        var signer = loaded.State.Signer(Time.GetUtcNow());
        using var stolen = loaded.Vault.Open(signer);
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportPkcs8PrivateKey(stolen.Export(), out _);
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(CertificateExtensions.Identity(new SpiffeId(loaded.TrustDomain, new("default", service))));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(loaded.CertificateOf(signer), true, false));
        return request.Create(loaded.CertificateOf(signer).SubjectName, X509SignatureGenerator.CreateForECDsa(ecdsa), Time.GetUtcNow(),
            Time.GetUtcNow() + (life ?? TimeSpan.FromHours(12)), serial);
    }
}

public sealed class SqliteDenialTests() : DenialContract(null);

public sealed class PostgresDenialTests(PostgresServer server) : DenialContract(server)
{
    [Fact]
    public async Task A_denial_waits_for_a_certificate_that_is_being_recorded_and_holds_up_the_next_one()
    {
        await Mesh.Join();
        await using var source = NpgsqlDataSource.Create(Connection);
        await using var issuing = await source.OpenConnectionAsync(Token);
        await using var transaction = await issuing.BeginTransactionAsync(Token);
        await using (var held = new NpgsqlCommand("SELECT version FROM authority FOR SHARE", issuing))
            await held.ExecuteScalarAsync(Token);
        var denial = Deny(service: "shop");
        await Eventually.True(async () =>
        {
            await using var waiting = source.CreateCommand(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%authority FOR UPDATE%'");
            return (long)(await waiting.ExecuteScalarAsync(Token))! > 0;
        }, TimeSpan.FromSeconds(20), "the denial waits");
        Assert.False(denial.IsCompleted);
        await transaction.CommitAsync(Token);
        Assert.True((await denial).Value!.Changed);
    }
}
