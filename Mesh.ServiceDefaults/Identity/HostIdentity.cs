using System.Net.Security;
using Mesh.AspNetCore;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Transport;
using Mesh.Identity;

namespace Mesh.ServiceDefaults.Identity;

/// <summary>This host's own certificate, as its connections to instances use it. Flow step 9.</summary>
internal sealed class HostIdentity(IMeshIdentity identity, TimeProvider time) : IClientIdentity
{
    private Certificate? _last;

    /// <inheritdoc/>
    public IClientCertificate? Current
    {
        get
        {
            if (identity.Tls is not { } tls || tls.Identity.Svid.NotAfter <= time.GetUtcNow())
                return null;
            var last = Volatile.Read(ref _last);
            if (last?.Tls == tls)
                return last;
            // Two requests that come here at once must not make two sets of connections.
            var next = new Certificate(tls);
            var seen = Interlocked.CompareExchange(ref _last, next, last);
            return seen == last ? next : seen!.Tls == tls ? seen : next;
        }
    }

    private sealed class Certificate(TlsIdentity tls) : IClientCertificate
    {
        public TlsIdentity Tls => tls;

        public SslClientAuthenticationOptions OptionsFor(string host, UpstreamTls upstream, Action<string> refused) =>
            tls.ClientOptions(host, upstream.Allows, fault => refused(Words(fault)));

        private static string Words(string fault) => fault switch
        {
            "no-certificate" => "it has shown no certificate",
            "not-trusted" => "its certificate is not valid now, or not of this mesh",
            "other-trust-domain" => "its certificate is of another trust domain",
            "other-service" => "its certificate is of another service",
            _ => "its certificate has no SPIFFE id",
        };
    }
}
