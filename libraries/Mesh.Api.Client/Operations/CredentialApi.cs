using Mesh.Api.Client.Transport;
using Mesh.Contracts.Security;

namespace Mesh.Api.Client.Operations;

/// <summary>Join tokens and the deny list.</summary>
public sealed class CredentialApi
{
    private readonly ApiTransport _transport;

    internal CredentialApi(ApiTransport transport) => _transport = transport;

    /// <summary>
    /// Makes a join token, which the answer shows this once. A call whose answer was lost leaves a token that nobody has.
    /// </summary>
    /// <param name="request">For which service.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<JoinTokenCreatedAnswer>> CreateJoinTokenAsync(JoinTokenBody request,
        CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(HttpMethod.Post, new ApiPath("/api/security/join-tokens"), request, SecurityJson.Default.JoinTokenBody,
            SecurityJson.Default.JoinTokenCreatedAnswer, null, cancellationToken);

    /// <summary>Lists join tokens, newest first, without their secrets.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<JoinTokenListAnswer>> ListJoinTokensAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/security/join-tokens"), SecurityJson.Default.JoinTokenListAnswer, cancellationToken);

    /// <summary>Revokes a join token.</summary>
    /// <param name="id">Its id, as the list shows it. Of a token itself only the id is sent.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<SecurityChangeAnswer>> RevokeJoinTokenAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync(ApiPath.Of($"/api/security/join-tokens/{JoinTokenIdOf(id)}"), SecurityJson.Default.SecurityChangeAnswer,
            null, cancellationToken);

    /// <summary>The id of a join token, which may be written down anywhere; its secret may not.</summary>
    /// <param name="tokenOrId"><c>mesh-join.ID.SECRET</c>, or the id.</param>
    public static string JoinTokenIdOf(string tokenOrId)
    {
        const string Prefix = "mesh-join.";
        var id = tokenOrId.Trim();
        if (id.StartsWith(Prefix, StringComparison.Ordinal)) id = id[Prefix.Length..];
        return id.Split('.')[0];
    }

    /// <summary>Puts a certificate or a service on the deny list.</summary>
    /// <param name="request">Which, and why.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<SecurityChangeAnswer>> AddRevocationAsync(RevocationBody request,
        CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(HttpMethod.Post, new ApiPath("/api/security/revocations"), request, SecurityJson.Default.RevocationBody,
            SecurityJson.Default.SecurityChangeAnswer, null, cancellationToken);

    /// <summary>Shows the deny list, newest first.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<RevocationListAnswer>> ListRevocationsAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/security/revocations"), SecurityJson.Default.RevocationListAnswer, cancellationToken);

    /// <summary>Takes a certificate or a service off the deny list.</summary>
    /// <param name="serial">Serial of the certificate; null for a service.</param>
    /// <param name="service">The service; null for a certificate.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<SecurityChangeAnswer>> RemoveRevocationAsync(string? serial = null, string? service = null,
        string? @namespace = null, CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync(
            new ApiPath("/api/security/revocations").With("serial", serial).With("service", service).With("namespace", @namespace),
            SecurityJson.Default.SecurityChangeAnswer, null, cancellationToken);
}
