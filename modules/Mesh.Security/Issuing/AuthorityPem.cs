using System.Security.Cryptography;

namespace Mesh.Security.Issuing;

/// <summary>Certificates of the authority as PEM.</summary>
internal static class AuthorityPem
{
    /// <summary>What comes between a leaf and its root.</summary>
    public static IEnumerable<string> ChainOf(LoadedAuthority loaded, Authority.CaEntry signer) =>
        signer.Between.Prepend(loaded.CertificateOf(signer).RawData).Select(Of);

    /// <summary>The roots to be trusted.</summary>
    public static IReadOnlyList<string> BundleOf(LoadedAuthority loaded, DateTimeOffset now) =>
        [.. loaded.State.Bundle(now).Select(root => root.Certificate).DistinctBy(Convert.ToHexString).Select(Of)];

    private static string Of(byte[] der) => PemEncoding.WriteString("CERTIFICATE", der);
}
