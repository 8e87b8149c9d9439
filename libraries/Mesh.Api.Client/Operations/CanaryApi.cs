using System.Text.Json;
using Mesh.Api.Client.Requests;
using Mesh.Api.Client.Transport;
using Mesh.Contracts.Traffic;

namespace Mesh.Api.Client.Operations;

/// <summary>New versions that get more and more of the requests.</summary>
public sealed class CanaryApi
{
    private readonly ApiTransport _transport;

    internal CanaryApi(ApiTransport transport) => _transport = transport;

    /// <summary>Starts a canary.</summary>
    /// <param name="request">The canary.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<DeliveryWriteAnswer>> StartAsync(
        CanaryRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Post, new ApiPath("/api/traffic/canaries"),
            request, ApiJson.Default.CanaryRequest, TrafficJson.Default.DeliveryWriteAnswer, write, cancellationToken);

    /// <summary>Starts a canary that somebody else has written; the Registry says what is wrong with it.</summary>
    /// <param name="request">As <see cref="CanaryRequest"/> writes it.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<DeliveryWriteAnswer>> StartAsync(
        JsonElement request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Post, new ApiPath("/api/traffic/canaries"),
            request, ApiJson.Default.JsonElement, TrafficJson.Default.DeliveryWriteAnswer, write, cancellationToken);

    /// <summary>Advances a canary by hand.</summary>
    /// <param name="request">Which, and how far.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<DeliveryWriteAnswer>> PromoteAsync(
        PromoteCanaryRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Post, new ApiPath("/api/traffic/canaries/promote"),
            request, ApiJson.Default.PromoteCanaryRequest, TrafficJson.Default.DeliveryWriteAnswer, write, cancellationToken);

    /// <summary>Aborts a canary by hand.</summary>
    /// <param name="request">Which, and why.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<DeliveryWriteAnswer>> AbortAsync(
        AbortCanaryRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Post, new ApiPath("/api/traffic/canaries/abort"),
            request, ApiJson.Default.AbortCanaryRequest, TrafficJson.Default.DeliveryWriteAnswer, write, cancellationToken);

    /// <summary>Shows a service's last canary.</summary>
    /// <param name="service">The service.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<CanaryAnswer>> GetAsync(
        string service, string? @namespace = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(ApiPath.Of($"/api/traffic/canaries/{service}").With("namespace", @namespace), TrafficJson.Default.CanaryAnswer,
            cancellationToken);

    /// <summary>Lists the last canary of each service.</summary>
    /// <param name="namespace">Only this namespace; null: all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<CanaryListAnswer>> ListAsync(string? @namespace = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/traffic/canaries").With("namespace", @namespace), TrafficJson.Default.CanaryListAnswer,
            cancellationToken);
}
