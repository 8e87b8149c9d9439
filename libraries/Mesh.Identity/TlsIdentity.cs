using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Identity;

/// <summary>
/// An identity as TLS uses it, for servers and clients: parsed once, not for each handshake. TLS 1.3 or 1.2; the peer must be a workload of
/// the same trust domain, which the mesh's roots vouch for and nothing that this machine trusts besides. Sessions are not resumed, so that
/// each connection shows a certificate that is valid now.
/// </summary>
public sealed class TlsIdentity
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1", ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const SslProtocols Versions = SslProtocols.Tls13 | SslProtocols.Tls12;
    private readonly X509Certificate2Collection _roots = [];
    private readonly SslStreamCertificateContext _certificate;
    private readonly string _trustDomain;
    private readonly TimeProvider _time;

    /// <summary>Reads an identity.</summary>
    /// <param name="identity">The identity.</param>
    /// <param name="time">The clock that peers' certificates are checked by; null for the system's.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A certificate in it cannot be read.</exception>
    public TlsIdentity(WorkloadIdentity identity, TimeProvider? time = null)
    {
        (Identity, _time) = (identity, time ?? TimeProvider.System);
        var svid = identity.Svid;
        var between = new X509Certificate2Collection();
        foreach (var pem in svid.Chain.Skip(1)) between.Add(X509Certificate2.CreateFromPem(pem));
        foreach (var pem in identity.Bundle) _roots.Add(X509Certificate2.CreateFromPem(pem));
        // Offline: nothing in a certificate makes this program call anybody.
        _certificate =
            SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(svid.Chain[0], svid.KeyPem), between, offline: true);
        _trustDomain = SpiffeName.TrustDomainOf(svid.SpiffeId);
    }

    /// <summary>What it was read from.</summary>
    public WorkloadIdentity Identity { get; }

    /// <summary>For a server.</summary>
    /// <param name="decided">Hears why a client was refused, or null for one that was taken.</param>
    public SslServerAuthenticationOptions ServerOptions(Action<string?>? decided = null) => new()
    {
        ServerCertificateContext = _certificate,
        ClientCertificateRequired = true,
        CertificateChainPolicy = PolicyFor(ClientAuthentication),
        EnabledSslProtocols = Versions,
        AllowTlsResume = false,
        AllowRenegotiation = false,
        RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            var fault = Fault(certificate, errors, null);
            decided?.Invoke(fault);
            return fault is null;
        },
    };

    /// <summary>For a client.</summary>
    /// <param name="host">The host that is dialled, for SNI: it says nothing about who answers.</param>
    /// <param name="isExpected">Whether a SPIFFE id is that of the service that is called; null takes every workload.</param>
    /// <param name="refused">
    /// Hears why a server was refused: <c>no-certificate</c>, <c>not-trusted</c>, <c>no-identity</c>, <c>other-trust-domain</c> or
    /// <c>other-service</c>.
    /// </param>
    public SslClientAuthenticationOptions ClientOptions(
        string host, Predicate<string>? isExpected = null, Action<string>? refused = null) => new()
    {
        TargetHost = host,
        ClientCertificateContext = _certificate,
        CertificateChainPolicy = PolicyFor(ServerAuthentication),
        EnabledSslProtocols = Versions,
        AllowTlsResume = false,
        AllowRenegotiation = false,
        RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            if (Fault(certificate, errors, isExpected) is not { } fault) return true;
            refused?.Invoke(fault);
            return false;
        },
    };

    private string? Fault(X509Certificate? certificate, SslPolicyErrors errors, Predicate<string>? isExpected)
    {
        if (certificate is not X509Certificate2 shown) return "no-certificate";
        // Which host was dialled says nothing about an identity.
        if ((errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) != SslPolicyErrors.None) return "not-trusted";
        if (SpiffeName.In(shown) is not { } id) return "no-identity";
        if (SpiffeName.TrustDomainOf(id) != _trustDomain) return "other-trust-domain";
        return isExpected is null || isExpected(id) ? null : "other-service";
    }

    private X509ChainPolicy PolicyFor(string purpose)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = _time.GetUtcNow().UtcDateTime,
            VerificationTimeIgnored = false,
        };
        policy.CustomTrustStore.AddRange(_roots);
        policy.ApplicationPolicy.Add(new(purpose));
        return policy;
    }
}
