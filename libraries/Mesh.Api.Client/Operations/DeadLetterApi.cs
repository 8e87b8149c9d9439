using Mesh.Api.Client.Transport;
using Mesh.Contracts.Rest;

namespace Mesh.Api.Client.Operations;

/// <summary>Keys that workers have given up on, and that wait for an operator.</summary>
public sealed class DeadLetterApi
{
    private readonly ApiTransport _transport;

    internal DeadLetterApi(ApiTransport transport) => _transport = transport;

    /// <summary>All of them, the oldest first.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<DeadLetterListing>> ListAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/v1/dead-letters"), DeadLetterJson.Default.DeadLetterListing, cancellationToken);

    /// <summary>One of them.</summary>
    /// <param name="id">As the list shows it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<DeadLetterRecord>> GetAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(ApiPath.Of($"/api/v1/dead-letters/{id}"), DeadLetterJson.Default.DeadLetterRecord, cancellationToken);

    /// <summary>
    /// Lets the workers try the key again. Where an answer is lost and the call is repeated, the letter is gone: that is a
    /// <see cref="Errors.MeshNotFoundException"/>.
    /// </summary>
    /// <param name="id">As the list shows it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<DeadLetterReplayed>> ReplayAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.PostAsync(ApiPath.Of($"/api/v1/dead-letters/{id}/replay"), DeadLetterJson.Default.DeadLetterReplayed, cancellationToken);
}
