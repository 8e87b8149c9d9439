using System.Text.Json;
using Mesh.Api.Client.Requests;
using Mesh.Api.Client.Transport;
using Mesh.Contracts.Rest;

namespace Mesh.Api.Client.Operations;

/// <summary>The log, the states that it holds, and how the Registry is doing.</summary>
public sealed class LogApi
{
    private readonly ApiTransport _transport;

    internal LogApi(ApiTransport transport) => _transport = transport;

    /// <summary>Entries of the log.</summary>
    /// <param name="query">Which; null: the first ones.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<EventListAnswer>> ListEventsAsync(EventQuery? query = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(
            new ApiPath("/api/v1/events").With("after", query?.After).With("order", query?.NewestFirst is true ? "desc" : null)
                .With("stream", query?.Stream)
                .With("type", query?.Type).With("limit", query?.Limit).With("wait", query?.Wait),
            RestJson.Default.EventListAnswer, cancellationToken, query?.Wait);

    /// <summary>The whole mesh at one moment of its history.</summary>
    /// <param name="at">A sequence, or a time in ISO 8601; null: now.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<StateAnswer>> GetStateAsync(string? at = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/v1/state").With("at", at), RestJson.Default.StateAnswer, cancellationToken);

    /// <summary>Checks the hash chain from the first entry to the last.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<LogVerifyAnswer>> VerifyAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/v1/log/verify"), RestJson.Default.LogVerifyAnswer, cancellationToken);

    /// <summary>How the Registry is doing.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<StatusAnswer>> GetStatusAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/v1/status"), RestJson.Default.StatusAnswer, cancellationToken);

    /// <summary>The same as it comes, for programs that show whatever a mesh of another version says of itself.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<JsonElement>> GetStatusJsonAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/v1/status"), ApiJson.Default.JsonElement, cancellationToken);
}
