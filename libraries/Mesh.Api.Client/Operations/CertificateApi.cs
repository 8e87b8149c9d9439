using Mesh.Api.Client.Transport;
using Mesh.Contracts.Security;

namespace Mesh.Api.Client.Operations;

/// <summary>Certificates for workloads.</summary>
public sealed class CertificateApi
{
    private readonly ApiTransport _transport;

    internal CertificateApi(ApiTransport transport) => _transport = transport;

    /// <summary>
    /// A first certificate, by a join token. The token is used up with it: where the answer is lost, it is refused the next time.
    /// </summary>
    /// <param name="request">The signing request and the token.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<SignedCertificateAnswer>> SignAsync(SignCertificateBody request, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(HttpMethod.Post, new ApiPath("/api/security/certificates/sign"), request,
            SecurityJson.Default.SignCertificateBody, SecurityJson.Default.SignedCertificateAnswer, null, cancellationToken);

    /// <summary>A further certificate, by one that is still valid.</summary>
    /// <param name="request">The signing request, the certificate and what shows that the caller has its key.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<SignedCertificateAnswer>> RenewAsync(RenewCertificateBody request,
        CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(HttpMethod.Post, new ApiPath("/api/security/certificates/renew"), request,
            SecurityJson.Default.RenewCertificateBody, SecurityJson.Default.SignedCertificateAnswer, null, cancellationToken);
}
