using System.Text.Json;
using Mesh.Api.Client.Requests;
using Mesh.Api.Client.Transport;
using Mesh.Contracts.Rest;
using Mesh.Contracts.Traffic;

namespace Mesh.Api.Client;

/// <summary>What a control plane knows of its data planes. Its connections belong to the caller. Safe for concurrent use.</summary>
/// <param name="controlPlane">Base address of the control plane, such as <c>http://127.0.0.1:7410</c>.</param>
/// <param name="http">Sends the requests.</param>
/// <param name="options">Timeouts and retries; null for the defaults.</param>
public sealed class ControlPlaneApiClient(Uri controlPlane, HttpClient http, MeshApiOptions? options = null)
{
    private readonly ApiTransport _transport = new(http, controlPlane, options ?? new MeshApiOptions());

    /// <summary>Each xDS client with what it was sent, and what it acknowledged or refused.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<ProxyListAnswer>> ListProxiesAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/v1/proxies"), RestJson.Default.ProxyListAnswer, cancellationToken);

    /// <summary>Every resource that one xDS client was sent, with its contents.</summary>
    /// <param name="node">Id of the client, as the list shows it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<JsonElement>> GetProxyConfigAsync(string node, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(ApiPath.Of($"/api/v1/proxies/{node}/config"), ApiJson.Default.JsonElement, cancellationToken);

    /// <summary>What became of requests recently, as data planes report it.</summary>
    /// <param name="query">Of which services, and since when; null for all of the last minute.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<LoadListAnswer>> ListLoadAsync(LoadQuery? query = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(
            new ApiPath("/api/v1/load").With("service", query?.Service).With("namespace", query?.Namespace).With("since", query?.Since),
            RestJson.Default.LoadListAnswer, cancellationToken);

    /// <summary>Which way a request takes, and why.</summary>
    /// <param name="query">The request.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<ExplainAnswer>> ExplainAsync(ExplainQuery query, CancellationToken cancellationToken = default)
    {
        var path = new ApiPath("/api/v1/traffic/explain").With("from", query.From).With("to", query.To).With("path", query.Path)
            .With("method", query.Method)
            .With("query", query.Query).With("namespace", query.Namespace).With("node", query.Node);
        foreach (var (name, value) in query.Headers) path = path.With($"header.{name}", value);
        return _transport.GetAsync(path, TrafficJson.Default.ExplainAnswer, cancellationToken);
    }
}
