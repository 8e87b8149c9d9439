using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Kernel.Values;
using Mesh.Security.Authority;
using Mesh.Tests.Security.Support;

namespace Mesh.Tests.Security.Authority;

public sealed class LeafCertificateTests
{
    private static readonly DateTimeOffset Now = TestAuthority.Start + TimeSpan.FromDays(1);

    private readonly TestAuthority _authority = new();

    [Fact]
    public async Task Openssl_accepts_it_for_servers_and_for_clients()
    {
        using var leaf = _authority.Issue(_authority.Id("shop"), Now);
        foreach (var purpose in new[] { "sslserver", "sslclient" })
            Assert.Equal("OK",
                await OpenSsl.Verify(_authority.Chain(leaf, Now), _authority.Bundle(Now), Now, "-purpose", purpose));
    }

    [Fact]
    public async Task Openssl_reads_one_name_and_nothing_that_could_be_taken_for_another()
    {
        using var leaf = _authority.Issue(_authority.Id("shop", "payments"), Now);
        var text = await OpenSsl.Describe(leaf.ExportCertificatePem());
        Assert.Matches(@"Subject Alternative Name: critical\s+URI:spiffe://cdaprod\.mesh/ns/payments/sa/shop\s", text);
        Assert.Matches(@"Subject: *\n", text);
        Assert.Matches(@"Basic Constraints: critical\s+CA:FALSE", text);
        Assert.Matches(@"Key Usage: critical\s+Digital Signature\s", text);
        Assert.Matches(@"Extended Key Usage: *\n\s+TLS Web Server Authentication, TLS Web Client Authentication\s", text);
        Assert.Contains("X509v3 Subject Key Identifier:", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Authority Key Identifier:", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Openssl_reads_authorities_that_may_sign_no_more_than_they_need()
    {
        using var intermediate = _authority.State.Signer(Now).Load();
        var below = await OpenSsl.Describe(intermediate.ExportCertificatePem());
        Assert.Matches(@"Basic Constraints: critical\s+CA:TRUE, pathlen:0", below);
        Assert.Matches(@"Name Constraints: critical\s+Permitted:\s+URI:cdaprod\.mesh", below);
        Assert.Matches(@"Key Usage: critical\s+Certificate Sign, CRL Sign", below);
        Assert.Matches(@"Basic Constraints: critical\s+CA:TRUE, pathlen:1", await OpenSsl.Describe(_authority.Bundle(Now)[0]));
    }

    [Fact]
    public async Task Openssl_refuses_it_by_another_root_before_its_time_and_after_it()
    {
        using var leaf = _authority.Issue(_authority.Id("shop"), Now);
        var chain = _authority.Chain(leaf, Now);
        Assert.NotEqual("OK", await OpenSsl.Verify(chain, new TestAuthority().Bundle(Now), Now));
        Assert.Contains("expired", await OpenSsl.Verify(chain, _authority.Bundle(Now), Now + TimeSpan.FromHours(24.1)),
            StringComparison.Ordinal);
        Assert.Contains("not yet valid", await OpenSsl.Verify(chain, _authority.Bundle(Now), Now - TimeSpan.FromMinutes(6)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_outside_the_trust_domain_is_accepted_by_nobody_whoever_has_the_intermediates_key()
    {
        var foreign = new SpiffeId(TrustDomain.TryParse("bank.example.com")!, new("default", "shop"));
        using var leaf = _authority.Issue(foreign, Now);
        Assert.Contains("permitted subtree violation", await OpenSsl.Verify(_authority.Chain(leaf, Now), _authority.Bundle(Now), Now),
            StringComparison.Ordinal);
        Assert.NotNull(Check(leaf));
    }

    [Fact]
    public async Task A_leaf_cannot_sign_another_one()
    {
        using var key = CaKey.New();
        using var leaf = _authority.Issue(_authority.Id("shop"), Now, key.PublicKey);
        using var other = TestCsr.Key();
        using var below = LeafCertificate.Issue(_authority.Id("bank"), new PublicKey(other), leaf, key,
            Validity.From(Now, TimeSpan.FromHours(1), TimeSpan.Zero));
        Assert.NotEqual("OK",
            await OpenSsl.Verify([below.ExportCertificatePem(), .. _authority.Chain(leaf, Now)], _authority.Bundle(Now), Now));
        Assert.NotNull(Check(below, leaf));
    }

    [Fact]
    public async Task A_leaf_that_a_root_has_signed_itself_is_accepted_by_openssl_and_not_taken_for_one_of_ours()
    {
        var root = _authority.State.Root(Now);
        using var issuer = root.Load();
        using var rootKey = new PlainKeys().Open(root);
        using var key = TestCsr.Key();
        using var leaf = LeafCertificate.Issue(_authority.Id("shop"), new PublicKey(key), issuer, rootKey,
            Validity.From(Now, TimeSpan.FromHours(1), TimeSpan.Zero));
        Assert.Equal("OK", await OpenSsl.Verify([leaf.ExportCertificatePem()], _authority.Bundle(Now), Now));
        Assert.NotNull(Check(leaf));
    }

    [Fact]
    public void It_is_valid_a_day_and_five_minutes_back_for_clocks_that_are_behind()
    {
        using var leaf = _authority.Issue(_authority.Id("shop"), Now);
        var validity = Validity.Of(leaf);
        Assert.Equal(Now - TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(250), validity.NotBefore);
        Assert.Equal(Now + TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(250), validity.NotAfter);
        Assert.Null(Check(leaf));
        Assert.Null(Check(leaf, at: Now - TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void It_never_outlives_the_intermediate_nor_is_valid_before_it()
    {
        using var intermediate = _authority.State.Signer(Now).Load();
        var end = Validity.Of(intermediate).NotAfter;
        using var late = _authority.Issue(_authority.Id("shop"), end - TimeSpan.FromMinutes(10));
        Assert.Equal(end, Validity.Of(late).NotAfter);
        using var early = _authority.Issue(_authority.Id("shop"), Validity.Of(intermediate).NotBefore);
        Assert.Equal(Validity.Of(intermediate).NotBefore, Validity.Of(early).NotBefore);
    }

    [Fact]
    public void Serials_are_random_positive_and_longer_than_128_bits()
    {
        var serials = Enumerable.Range(0, 1000).Select(_ => Serials.New()).ToList();
        Assert.All(serials, serial => Assert.True(serial.Length == 18 && serial[0] is >= 0x40 and < 0x80));
        Assert.Equal(1000, serials.Select(Convert.ToHexString).Distinct().Count());
        using var leaf = _authority.Issue(_authority.Id("shop"), Now);
        Assert.Equal(36, Serials.Of(leaf).Length);
    }

    [Fact]
    public async Task Whatever_a_request_asks_for_is_ignored()
    {
        using var key = TestCsr.Key();
        var pem = TestCsr.Of(key, request =>
        {
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
            request.CertificateExtensions.Add(
                new X509EnhancedKeyUsageExtension(new OidCollection { new Oid("1.3.6.1.5.5.7.3.3") }, true));
        }, "CN=bank.example.com, O=Bank");
        var faults = new Faults();
        var read = SigningRequest.Read(pem, "csr", faults)!;
        using var leaf = _authority.Issue(_authority.Id("shop"), Now, read.Key);
        var text = await OpenSsl.Describe(leaf.ExportCertificatePem());
        Assert.DoesNotContain("ank", text, StringComparison.Ordinal);
        Assert.DoesNotContain("CA:TRUE", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Code Signing", text, StringComparison.Ordinal);
        Assert.Equal(_authority.Id("shop"), LeafCertificate.IdentityIn(leaf));
    }

    [Fact]
    public void An_identity_is_read_only_where_it_is_the_one_name()
    {
        using var key = TestCsr.Key();
        SpiffeId? IdentityOf(params (int, string)[] names)
        {
            var request = new CertificateRequest(new X500DistinguishedName("CN=x"), key, HashAlgorithmName.SHA256);
            if (names.Length > 0) request.CertificateExtensions.Add(TestCsr.Names(names));
            using var certificate = request.CreateSelfSigned(Now, Now.AddDays(1));
            return LeafCertificate.IdentityIn(certificate);
        }

        var shop = _authority.Id("shop").ToString();
        Assert.Equal(_authority.Id("shop"), IdentityOf((6, shop)));
        Assert.Null(IdentityOf());
        Assert.Null(IdentityOf((6, shop), (6, shop)));
        Assert.Null(IdentityOf((6, shop), (2, "shop.example.com")));
        Assert.Null(IdentityOf((6, shop + "\0")));
        Assert.Null(IdentityOf((2, shop)));
    }

    private string? Check(X509Certificate2 leaf, X509Certificate2? between = null, DateTimeOffset? at = null)
    {
        using var signer = _authority.State.Signer(Now).Load();
        using var root = _authority.State.Root(Now).Load();
        return ChainCheck.Fault(leaf, [signer], between is null ? [] : [between], [root], at ?? Now);
    }
}
