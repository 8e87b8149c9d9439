using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Security.Authority;

/// <summary>Checks a leaf against roots and intermediates, and against nothing that this machine or anybody else trusts besides.</summary>
internal static class ChainCheck
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1", ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>
    /// Why the leaf is not accepted; null if it is: valid at the time, for servers and for clients, and signed by one of the signers.
    /// </summary>
    /// <param name="leaf">What is checked.</param>
    /// <param name="signers">The intermediates that sign leaves.</param>
    /// <param name="between">What stands between them and the roots.</param>
    /// <param name="roots">What is trusted.</param>
    /// <param name="at">When.</param>
    public static string? Fault(
        X509Certificate2 leaf, IReadOnlyCollection<X509Certificate2> signers, IEnumerable<X509Certificate2> between,
        IEnumerable<X509Certificate2> roots, DateTimeOffset at)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(roots.ToArray());
        policy.ExtraStore.AddRange(signers.Concat(between).ToArray());
        // Whoever names an address in a certificate must not make the Registry call it.
        policy.DisableCertificateDownloads = true;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.VerificationTime = at.UtcDateTime;
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        try
        {
            if (!chain.Build(leaf))
                return string.Join(", ", chain.ChainStatus.Select(status => status.Status).Distinct());
            // A root from outside may have signed much else.
            var issuer = chain.ChainElements.Count > 1 ? chain.ChainElements[1].Certificate : null;
            return issuer is not null && signers.Any(one => one.RawDataMemory.Span.SequenceEqual(issuer.RawDataMemory.Span))
                ? null
                : "it is not signed by an intermediate of this authority";
        }
        catch (CryptographicException)
        {
            return "it is malformed";
        }
        finally
        {
            foreach (var element in chain.ChainElements) element.Certificate.Dispose();
        }
    }
}
