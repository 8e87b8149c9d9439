using System.Text.Json;
using Mesh.Api.Client.Requests;
using Mesh.Api.Client.Transport;
using Mesh.Contracts.Traffic;

namespace Mesh.Api.Client.Operations;

/// <summary>How a service's instances are chosen from.</summary>
public sealed class TrafficPolicyApi
{
    private readonly ApiTransport _transport;

    internal TrafficPolicyApi(ApiTransport transport) => _transport = transport;

    /// <summary>Sets a service's traffic policy as a whole.</summary>
    /// <param name="service">The service.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrafficWriteAnswer>> SetAsync(
        string service, TrafficPolicyRequest policy, string? @namespace = null, WriteOptions? write = null,
            CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Put, ApiPath.Of($"/api/traffic/policies/{service}").With("namespace", @namespace),
            policy, ApiJson.Default.TrafficPolicyRequest, TrafficJson.Default.TrafficWriteAnswer, write, cancellationToken);

    /// <summary>Sets a service's traffic policy that somebody else has written; the Registry says what is wrong with it.</summary>
    /// <param name="service">The service.</param>
    /// <param name="policy">As <see cref="TrafficPolicyRequest"/> writes it.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrafficWriteAnswer>> SetAsync(
        string service, JsonElement policy, string? @namespace = null, WriteOptions? write = null,
            CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Put, ApiPath.Of($"/api/traffic/policies/{service}").With("namespace", @namespace),
            policy, ApiJson.Default.JsonElement, TrafficJson.Default.TrafficWriteAnswer, write, cancellationToken);

    /// <summary>Resets a service's traffic policy to the defaults.</summary>
    /// <param name="service">The service.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrafficWriteAnswer>> RemoveAsync(
        string service, string? @namespace = null, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync(
            ApiPath.Of($"/api/traffic/policies/{service}").With("namespace", @namespace),
            TrafficJson.Default.TrafficWriteAnswer, write, cancellationToken);

    /// <summary>Shows a service's traffic policy.</summary>
    /// <param name="service">The service.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrafficPolicyAnswer>> GetAsync(
        string service, string? @namespace = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(ApiPath.Of($"/api/traffic/policies/{service}").With("namespace", @namespace),
            TrafficJson.Default.TrafficPolicyAnswer, cancellationToken);

    /// <summary>Lists traffic policies.</summary>
    /// <param name="namespace">Only this namespace; null: all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrafficPolicyListAnswer>> ListAsync(string? @namespace = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/traffic/policies").With("namespace", @namespace),
            TrafficJson.Default.TrafficPolicyListAnswer, cancellationToken);
}
