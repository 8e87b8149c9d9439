using Mesh.Api.Client.Transport;
using Mesh.Contracts.Security;

namespace Mesh.Api.Client.Operations;

/// <summary>The certificate authority.</summary>
public sealed class AuthorityApi
{
    private readonly ApiTransport _transport;

    internal AuthorityApi(ApiTransport transport) => _transport = transport;

    /// <summary>Shows roots and intermediates, and what needs somebody's hand.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<AuthorityStatusAnswer>> GetAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/security/ca"), SecurityJson.Default.AuthorityStatusAnswer, cancellationToken);

    /// <summary>The roots to be trusted, as PEM.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrustBundleAnswer>> GetBundleAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/security/ca/bundle"), SecurityJson.Default.TrustBundleAnswer, cancellationToken);

    /// <summary>Makes a new intermediate, or a new root.</summary>
    /// <param name="request">Which of them.</param>
    /// <param name="write">Idempotency-Key; null: a new one.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<AuthorityChangeAnswer>> RotateAsync(RotateAuthorityBody request, WriteOptions? write = null,
        CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(HttpMethod.Post, new ApiPath("/api/security/ca/rotate"), request, SecurityJson.Default.RotateAuthorityBody,
            SecurityJson.Default.AuthorityChangeAnswer, write, cancellationToken);

    /// <summary>Takes a root or an intermediate from outside.</summary>
    /// <param name="request">Certificates and private key.</param>
    /// <param name="write">Idempotency-Key; null: a new one.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<AuthorityChangeAnswer>> ImportAsync(ImportAuthorityBody request, WriteOptions? write = null,
        CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(HttpMethod.Post, new ApiPath("/api/security/ca/import"), request, SecurityJson.Default.ImportAuthorityBody,
            SecurityJson.Default.AuthorityChangeAnswer, write, cancellationToken);

    /// <summary>Lists what was issued, newest first.</summary>
    /// <param name="service">Only certificates of this service; null: all.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="limit">At most so many, 1 to 1000; null: 100.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<CertificateListAnswer>> ListCertificatesAsync(string? service = null, string? @namespace = null,
        int? limit = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(
            new ApiPath("/api/security/certificates").With("service", service).With("namespace", @namespace).With("limit", limit),
            SecurityJson.Default.CertificateListAnswer, cancellationToken);
}
