using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Support;

/// <summary>A certificate with its key, made for one test.</summary>
internal sealed class TestSecret
{
    public TestSecret(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        (Name, Chain, Key) = (name, certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public string Name { get; }

    public string Chain { get; }

    public string Key { get; init; }

    /// <summary>A line of the key that is nowhere else: whatever holds it has leaked.</summary>
    public string Traitor => Key.Split('\n')[1];

    public Secret Message => SecretBuilder.Certificate(Name, Chain, Key);

    public XdsResource Resource => XdsResource.Of(Message);
}
