using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Security.Authority;

/// <summary>Which keys get certificates: strong enough, and not so large that checking them is an attack.</summary>
internal static class PublicKeys
{
    private const string Ec = "1.2.840.10045.2.1", Rsa = "1.2.840.113549.1.1.1", P256 = "1.2.840.10045.3.1.7", P384 = "1.3.132.0.34";
    private const int LeastRsa = 2048, MostRsa = 8192;

    // Everybody uses 65,537. One as long as the modulus makes a check of a signature as dear as making one.
    private const int LongestExponent = 4;

    /// <summary>What is wrong with the key; null for nothing.</summary>
    public static string? Fault(PublicKey key)
    {
        const string Allowed = "Use ECDSA P-256 or P-384, or RSA of 2048 to 8192 bits.";
        try
        {
            switch (key.Oid.Value)
            {
                case Ec:
                    using (var ecdsa = key.GetECDsaPublicKey())
                    {
                        return ecdsa?.ExportParameters(false).Curve is { IsNamed: true, Oid: var curve } && CurveOf(curve) is P256 or P384
                            ? null
                            : $"The key is on another curve. {Allowed}";
                    }

                case Rsa:
                    using (var rsa = key.GetRSAPublicKey())
                    {
                        if (rsa is not { KeySize: >= LeastRsa and <= MostRsa }) return $"The key has {rsa?.KeySize ?? 0} bits. {Allowed}";
                        return rsa.ExportParameters(false).Exponent!.Length <= LongestExponent
                            ? null
                            : "The key's public exponent is too large. Use 65537.";
                    }

                default:
                    return $"The key is of another kind. {Allowed}";
            }
        }
        catch (CryptographicException)
        {
            return $"The key cannot be read. {Allowed}";
        }
    }

    // Some platforms name the curve and leave its number out.
    private static string? CurveOf(Oid curve) => curve.Value ?? curve.FriendlyName switch
    {
        "nistP256" or "ECDSA_P256" => P256,
        "nistP384" or "ECDSA_P384" => P384,
        _ => null,
    };
}
