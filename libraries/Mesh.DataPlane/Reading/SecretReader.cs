using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Reading;

/// <summary>Reads a secret. Faults name fields and never quote what is in them.</summary>
internal static class SecretReader
{
    public static SecretConfig Read(Secret secret, ResourceFaults faults)
    {
        switch (secret.TypeCase)
        {
            case Secret.TypeOneofCase.TlsCertificate:
                var chain = Text(secret.TlsCertificate.CertificateChain, "tls_certificate.certificate_chain", faults);
                var key = Text(secret.TlsCertificate.PrivateKey, "tls_certificate.private_key", faults);
                if (chain is not null && key is not null)
                    CheckPair(chain, key, faults);
                return new SecretConfig(secret.Name) { CertificateChain = chain, PrivateKey = key };
            case Secret.TypeOneofCase.ValidationContext:
                var authorities = Text(secret.ValidationContext.TrustedCa, "validation_context.trusted_ca", faults);
                if (authorities is not null)
                    CheckAuthorities(authorities, faults);
                return new SecretConfig(secret.Name) { Authorities = authorities };
            default:
                faults.Add("type", "is missing or not supported here: neither tls_certificate nor validation_context");
                return new SecretConfig(secret.Name);
        }
    }

    private static string? Text(DataSource? source, string field, ResourceFaults faults)
    {
        var text = source?.SpecifierCase switch
        {
            DataSource.SpecifierOneofCase.InlineString => source.InlineString,
            DataSource.SpecifierOneofCase.InlineBytes => Encoding.UTF8.GetString(source.InlineBytes.Span),
            _ => null,
        };
        if (!string.IsNullOrEmpty(text))
            return text;
        var isFile = source?.SpecifierCase == DataSource.SpecifierOneofCase.Filename;
        faults.Add(field, isFile ? "names a file, which is not read here" : "is missing");
        return null;
    }

    private static void CheckPair(string chain, string key, ResourceFaults faults)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(chain, key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            faults.Add("tls_certificate", "is not a certificate in PEM with the private key that belongs to it");
        }
    }

    private static void CheckAuthorities(string authorities, ResourceFaults faults)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(authorities);
        }
        catch (CryptographicException)
        {
            found.Clear();
        }

        if (found.Count == 0)
            faults.Add("validation_context.trusted_ca", "has no certificate in PEM");
        foreach (var certificate in found)
            certificate.Dispose();
    }
}
