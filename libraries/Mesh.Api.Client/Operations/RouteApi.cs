using System.Text.Json;
using Mesh.Api.Client.Requests;
using Mesh.Api.Client.Transport;
using Mesh.Contracts.Traffic;

namespace Mesh.Api.Client.Operations;

/// <summary>Which requests of a service go where.</summary>
public sealed class RouteApi
{
    private readonly ApiTransport _transport;

    internal RouteApi(ApiTransport transport) => _transport = transport;

    /// <summary>Makes or changes a route.</summary>
    /// <param name="request">The route as a whole, or only destinations of the route <c>default</c>.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrafficWriteAnswer>> SetAsync(
        RouteRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Post, new ApiPath("/api/traffic/routes"),
            request, ApiJson.Default.RouteRequest, TrafficJson.Default.TrafficWriteAnswer, write, cancellationToken);

    /// <summary>Makes or changes a route that somebody else has written; the Registry says what is wrong with it.</summary>
    /// <param name="request">As <see cref="RouteRequest"/> writes it.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrafficWriteAnswer>> SetAsync(
        JsonElement request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Post, new ApiPath("/api/traffic/routes"),
            request, ApiJson.Default.JsonElement, TrafficJson.Default.TrafficWriteAnswer, write, cancellationToken);

    /// <summary>Removes a route. What is not there changes nothing.</summary>
    /// <param name="service">The service.</param>
    /// <param name="name">The route.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrafficWriteAnswer>> RemoveAsync(
        string service, string name, string? @namespace = null, WriteOptions? write = null,
            CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync(
            new ApiPath("/api/traffic/routes").With("service", service).With("namespace", @namespace).With("name", name),
            TrafficJson.Default.TrafficWriteAnswer, write, cancellationToken);

    /// <summary>Takes a destination out of the route <c>default</c>; the last one removes the route.</summary>
    /// <param name="service">The service.</param>
    /// <param name="destination"><c>service[.namespace][@subset]</c>.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrafficWriteAnswer>> RemoveDestinationAsync(
        string service, string destination, string? @namespace = null, WriteOptions? write = null,
            CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync(
            new ApiPath("/api/traffic/routes").With("service", service).With("namespace", @namespace).With("destination", destination),
            TrafficJson.Default.TrafficWriteAnswer, write, cancellationToken);

    /// <summary>Lists routes in the order in which they are tried.</summary>
    /// <param name="namespace">Only this namespace; null: all.</param>
    /// <param name="service">Only this service.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<RouteListAnswer>> ListAsync(
        string? @namespace = null, string? service = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/traffic/routes").With("namespace", @namespace).With("service", service),
            TrafficJson.Default.RouteListAnswer, cancellationToken);

    /// <summary>Shows one route.</summary>
    /// <param name="service">The service.</param>
    /// <param name="name">The route.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<RouteAnswer>> GetAsync(
        string service, string name, string? @namespace = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(ApiPath.Of($"/api/traffic/routes/{service}/{name}").With("namespace", @namespace),
            TrafficJson.Default.RouteAnswer, cancellationToken);
}
