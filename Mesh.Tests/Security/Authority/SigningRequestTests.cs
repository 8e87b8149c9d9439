using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Kernel.Values;
using Mesh.Security.Authority;
using Mesh.Tests.Security.Support;

namespace Mesh.Tests.Security.Authority;

public sealed class SigningRequestTests
{
    private static readonly SpiffeId Shop = SpiffeId.TryParse("spiffe://cdaprod.mesh/ns/default/sa/shop")!;

    [Fact]
    public void Keys_on_P256_and_P384_and_RSA_of_2048_bits_get_certificates()
    {
        using var p256 = TestCsr.Key();
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        Assert.NotNull(Read(TestCsr.Of(p256)).Request);
        Assert.NotNull(Read(TestCsr.Of(p384)).Request);
        Assert.NotNull(Read(OfRsa(rsa)).Request);
    }

    [Fact]
    public void Keys_that_are_weak_or_unusual_get_none()
    {
        using var p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        using var small = RSA.Create(1024);
        Assert.Equal("key-not-allowed", Read(TestCsr.Of(p521)).Code);
        Assert.Equal("key-not-allowed", Read(OfRsa(small)).Code);
    }

    [Fact]
    public void A_key_is_refused_before_a_signature_by_it_is_verified()
    {
        using var small = RSA.Create(1024);
        using var large = RSA.Create(2048);
        using var other = TestCsr.Key();
        // An exponent as long as the modulus makes verifying slow.
        var slow = large.ExportParameters(false) with { Exponent = [.. Enumerable.Repeat((byte)0xff, 32)] };
        using var exponent = RSA.Create(slow);
        foreach (var key in new[] { small, exponent })
        {
            var request = new CertificateRequest(new X500DistinguishedName(""), new PublicKey(key), HashAlgorithmName.SHA256);
            var pem = PemEncoding.WriteString("CERTIFICATE REQUEST",
                request.CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(other)));
            Assert.Equal("key-not-allowed", Read(pem).Code);
        }
    }

    [Fact]
    public void A_request_for_somebody_elses_key_is_refused()
    {
        using var own = TestCsr.Key();
        using var others = TestCsr.Key();
        // The public key of another one, signed with one's own private key.
        var request = new CertificateRequest(new X500DistinguishedName(""), new PublicKey(others), HashAlgorithmName.SHA256);
        var pem = PemEncoding.WriteString("CERTIFICATE REQUEST",
            request.CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(own)));
        Assert.Equal("not-a-csr", Read(pem).Code);
    }

    [Fact]
    public void A_changed_byte_is_refused()
    {
        using var key = TestCsr.Key();
        var pem = TestCsr.Of(key, Shop.ToString());
        var der = Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);
        for (var i = 0; i < der.Length; i += 7)
        {
            var changed = der.ToArray();
            changed[i] ^= 1;
            var (request, code) = Read(PemEncoding.WriteString("CERTIFICATE REQUEST", changed));
            Assert.True(request is null && code is "not-a-csr" or "key-not-allowed", $"byte {i}: {code}");
        }
    }

    public static TheoryData<string, string> Malformed() => new()
    {
        { "", "missing" },
        { "hello", "not-a-csr" },
        { "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----", "not-a-csr" },
        { "-----BEGIN CERTIFICATE REQUEST-----\n\n-----END CERTIFICATE REQUEST-----", "not-a-csr" },
        { "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "not-a-csr" },
        { new string('a', 16 * 1024 + 1), "too-long" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void What_is_no_request_is_refused(string pem, string code) => Assert.Equal(code, Read(pem).Code);

    [Fact]
    public void Two_requests_in_one_are_refused()
    {
        using var key = TestCsr.Key();
        Assert.Equal("not-a-csr", Read(TestCsr.Of(key) + "\n" + TestCsr.Of(key)).Code);
    }

    [Fact]
    public void A_request_may_name_nobody_or_the_caller()
    {
        using var key = TestCsr.Key();
        Assert.Null(FaultOfNames(TestCsr.Of(key)));
        Assert.Null(FaultOfNames(TestCsr.Of(key, Shop.ToString())));
    }

    public static TheoryData<string, (int, string)[]> OtherNames() => new()
    {
        { "another service", [(6, "spiffe://cdaprod.mesh/ns/default/sa/bank")] },
        { "another namespace", [(6, "spiffe://cdaprod.mesh/ns/other/sa/shop")] },
        { "another trust domain", [(6, "spiffe://evil.mesh/ns/default/sa/shop")] },
        { "several, the caller among them", [(6, Shop.ToString()), (6, "spiffe://cdaprod.mesh/ns/default/sa/bank")] },
        { "the caller twice", [(6, Shop.ToString()), (6, Shop.ToString())] },
        { "a NUL at the end", [(6, Shop + "\0")] },
        { "a NUL and another name", [(6, Shop + "\0/../bank")] },
        { "a wildcard", [(6, "spiffe://cdaprod.mesh/ns/default/sa/*")] },
        { "another case", [(6, "spiffe://cdaprod.mesh/ns/default/sa/Shop")] },
        { "an escape", [(6, "spiffe://cdaprod.mesh/ns/default/sa/sho%70")] },
        { "a byte that is no ASCII", [(6, Shop + "\u00e4")] },
        { "an empty name", [(6, "")] },
        { "a DNS name", [(2, "bank.example.com")] },
        { "a DNS name beside the caller", [(6, Shop.ToString()), (2, "bank.example.com")] },
        { "a mail address", [(1, "shop@example.com")] },
    };

    [Theory]
    [MemberData(nameof(OtherNames))]
    public void A_request_that_names_anybody_else_is_refused(string what, (int, string)[] names)
    {
        using var key = TestCsr.Key();
        var pem = TestCsr.Of(key, request => request.CertificateExtensions.Add(TestCsr.Names(names)));
        Assert.True(FaultOfNames(pem) == "wrong-name", what);
    }

    private static (SigningRequest? Request, string? Code) Read(string pem)
    {
        var faults = new Faults();
        var request = SigningRequest.Read(pem, "csr", faults);
        return (request, faults.ToRefusal()?.Problems.Single().Code);
    }

    private static string? FaultOfNames(string pem)
    {
        var faults = new Faults();
        SigningRequest.Read(pem, "csr", faults)!.CheckNames(Shop, "csr", faults);
        return faults.ToRefusal()?.Problems.Single().Code;
    }

    private static string OfRsa(RSA key) =>
        new CertificateRequest(new X500DistinguishedName("CN=x"), key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSigningRequestPem();
}
