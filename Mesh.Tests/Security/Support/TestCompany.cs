using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Tests.Security.Support;

/// <summary>An authority outside, whose certificates are valid as a test needs it.</summary>
internal sealed class TestCompany : IDisposable
{
    private readonly ECDsa _key = TestCsr.Key();
    private X509Certificate2 _root;

    public TestCompany(DateTimeOffset from, DateTimeOffset until) => _root = SelfSigned(from, until);

    /// <summary>The root with its key.</summary>
    public (string Certificates, string Key) Root => (_root.ExportCertificatePem(), _key.ExportPkcs8PrivateKeyPem());

    /// <summary>Makes another root of the same key and name, as a company does when the one before ends.</summary>
    public void Renew(DateTimeOffset from, DateTimeOffset until)
    {
        _root.Dispose();
        _root = SelfSigned(from, until);
    }

    /// <summary>An intermediate with its key and the root.</summary>
    public (string Certificates, string Key) Intermediate(DateTimeOffset from, DateTimeOffset until)
    {
        using var key = TestCsr.Key();
        var request = Request("Example Intermediate", key);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, true, false));
        using var certificate = request.Create(_root.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), from, until, [1, 2, 3]);
        return ($"{certificate.ExportCertificatePem()}\n{_root.ExportCertificatePem()}", key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _key.Dispose();
        _root.Dispose();
    }

    private X509Certificate2 SelfSigned(DateTimeOffset from, DateTimeOffset until)
    {
        var request = Request("Example Root", _key);
        return request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), from, until,
            RandomNumberGenerator.GetBytes(8));
    }

    private static CertificateRequest Request(string name, ECDsa key)
    {
        var request = new CertificateRequest($"O=Example, CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }
}
