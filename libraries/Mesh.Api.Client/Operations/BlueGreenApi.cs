using Mesh.Api.Client.Requests;
using Mesh.Api.Client.Transport;
using Mesh.Contracts.Traffic;

namespace Mesh.Api.Client.Operations;

/// <summary>Switches of all requests at once.</summary>
public sealed class BlueGreenApi
{
    private readonly ApiTransport _transport;

    internal BlueGreenApi(ApiTransport transport) => _transport = transport;

    /// <summary>Sends all requests of a route elsewhere at once.</summary>
    /// <param name="request">The switch.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<DeliveryWriteAnswer>> SwitchAsync(
        BlueGreenRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Post, new ApiPath("/api/traffic/blue-green"),
            request, ApiJson.Default.BlueGreenRequest, TrafficJson.Default.DeliveryWriteAnswer, write, cancellationToken);

    /// <summary>Rolls back a service's last switch.</summary>
    /// <param name="request">Whose.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<DeliveryWriteAnswer>> RollBackAsync(
        RollBackRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Post, new ApiPath("/api/traffic/blue-green/rollback"),
            request, ApiJson.Default.RollBackRequest, TrafficJson.Default.DeliveryWriteAnswer, write, cancellationToken);

    /// <summary>Shows a service's last switch.</summary>
    /// <param name="service">The service.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<BlueGreenAnswer>> GetAsync(
        string service, string? @namespace = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(ApiPath.Of($"/api/traffic/blue-green/{service}").With("namespace", @namespace),
            TrafficJson.Default.BlueGreenAnswer, cancellationToken);

    /// <summary>Lists the last switch of each service.</summary>
    /// <param name="namespace">Only this namespace; null: all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<BlueGreenListAnswer>> ListAsync(string? @namespace = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/traffic/blue-green").With("namespace", @namespace), TrafficJson.Default.BlueGreenListAnswer,
            cancellationToken);
}
