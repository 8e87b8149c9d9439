using Mesh.Api.Client.Requests;
using Mesh.Api.Client.Transport;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.Rest;

namespace Mesh.Api.Client.Operations;

/// <summary>Services and their instances.</summary>
public sealed class DiscoveryApi
{
    private readonly ApiTransport _transport;

    internal DiscoveryApi(ApiTransport transport) => _transport = transport;

    /// <summary>Registers or updates an instance. Doing it again changes nothing.</summary>
    /// <param name="request">The instance.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<WriteAnswer>> RegisterAsync(
        RegistrationRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Post, new ApiPath("/api/discovery/register").With("replace", request.Replace is true ? "true" : null),
            request with { Replace = null }, RestJson.Default.RegistrationRequest, RestJson.Default.WriteAnswer, write, cancellationToken);

    /// <summary>Removes one instance, or all of a service. What is not there changes nothing.</summary>
    /// <param name="name">The service.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="instanceId">One instance; null: all.</param>
    /// <param name="incarnation">Only if the instance still has this incarnation.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<WriteAnswer>> DeregisterAsync(
        string name, string? @namespace = null, string? instanceId = null, long? incarnation = null, WriteOptions? write = null,
            CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync(
            new ApiPath("/api/discovery/deregister").With("name", name).With("namespace", @namespace).With("instanceId", instanceId)
                .With("incarnation", incarnation),
            RestJson.Default.WriteAnswer, write, cancellationToken);

    /// <summary>Drains instances, puts them into maintenance or makes them active again.</summary>
    /// <param name="request">Which, and their mode.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<WriteAnswer>> SetModeAsync(
        ModeRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Post, new ApiPath("/api/discovery/mode"),
            request, RestJson.Default.ModeRequest, RestJson.Default.WriteAnswer, write, cancellationToken);

    /// <summary>Renews the lease of an instance.</summary>
    /// <param name="request">Which.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<HeartbeatAnswer>> HeartbeatAsync(HeartbeatRequest request, CancellationToken cancellationToken = default) =>
        _transport.ReportAsync(new ApiPath("/api/discovery/heartbeat"), request, RestJson.Default.HeartbeatRequest,
            RestJson.Default.HeartbeatAnswer, cancellationToken);

    /// <summary>Lists services with their instances, now or when the list has changed.</summary>
    /// <param name="query">Which; null: all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<ServiceListAnswer>> ListAsync(ServiceQuery? query = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(PathOf(query ?? new ServiceQuery()), RestJson.Default.ServiceListAnswer, cancellationToken, query?.Wait);

    /// <summary>Shows one service with its instances.</summary>
    /// <param name="name">The service.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<ServiceAnswer>> GetAsync(string name, string? @namespace = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(ApiPath.Of($"/api/discovery/services/{name}").With("namespace", @namespace), RestJson.Default.ServiceAnswer,
            cancellationToken);

    /// <summary>Sets the settings of a service.</summary>
    /// <param name="name">The service.</param>
    /// <param name="settings">All of them.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<WriteAnswer>> SetSettingsAsync(
        string name, ServiceSettings settings, string? @namespace = null, WriteOptions? write = null,
            CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Put, ApiPath.Of($"/api/discovery/services/{name}/settings").With("namespace", @namespace),
            settings, RestJson.Default.ServiceSettings, RestJson.Default.WriteAnswer, write, cancellationToken);

    /// <summary>Resets a service's settings to the defaults.</summary>
    /// <param name="name">The service.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<WriteAnswer>> RemoveSettingsAsync(
        string name, string? @namespace = null, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync(
            ApiPath.Of($"/api/discovery/services/{name}/settings").With("namespace", @namespace),
            RestJson.Default.WriteAnswer, write, cancellationToken);

    private static ApiPath PathOf(ServiceQuery query)
    {
        var path = new ApiPath("/api/discovery/services").With("namespace", query.Namespace).With("name", query.Name).With("protocol",
            query.Protocol)
            .With("version", query.Version).With("zone", query.Zone).With("health", query.Health);
        foreach (var (key, value) in query.Metadata ?? new Dictionary<string, string>()) path = path.With($"metadata.{key}", value);
        return path.With("afterSequence", query.AfterSequence).With("wait", query.Wait);
    }
}
