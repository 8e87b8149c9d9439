using Mesh.Api.Client.Requests;
using Mesh.Api.Client.Transport;
using Mesh.Contracts.Traffic;

namespace Mesh.Api.Client.Operations;

/// <summary>Changes of routes that a share of a service's clients gets first.</summary>
public sealed class RolloutApi
{
    private readonly ApiTransport _transport;

    internal RolloutApi(ApiTransport transport) => _transport = transport;

    /// <summary>Gives a change to a share of clients first.</summary>
    /// <param name="request">The change, and the share.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrafficWriteAnswer>> StartAsync(
        RolloutRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Post, new ApiPath("/api/traffic/rollouts"),
            request, ApiJson.Default.RolloutRequest, TrafficJson.Default.TrafficWriteAnswer, write, cancellationToken);

    /// <summary>Gives a rollout to a larger share, or to all clients.</summary>
    /// <param name="service">The service.</param>
    /// <param name="percent">The larger share; null: all.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrafficWriteAnswer>> AdvanceAsync(
        string service, int? percent = null, string? @namespace = null, WriteOptions? write = null,
            CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Post, ApiPath.Of($"/api/traffic/rollouts/{service}/advance").With("namespace", @namespace),
            new RolloutAdvance(percent), TrafficJson.Default.RolloutAdvance, TrafficJson.Default.TrafficWriteAnswer, write,
                cancellationToken);

    /// <summary>Ends a rollout: all clients get what they had before.</summary>
    /// <param name="service">The service.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrafficWriteAnswer>> AbortAsync(
        string service, string? @namespace = null, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            HttpMethod.Post, ApiPath.Of($"/api/traffic/rollouts/{service}/abort").With("namespace", @namespace),
            new RolloutAdvance(null), TrafficJson.Default.RolloutAdvance, TrafficJson.Default.TrafficWriteAnswer, write, cancellationToken);

    /// <summary>Lists the last rollout of each service.</summary>
    /// <param name="namespace">Only this namespace; null: all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<RolloutListAnswer>> ListAsync(string? @namespace = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath("/api/traffic/rollouts").With("namespace", @namespace), TrafficJson.Default.RolloutListAnswer,
            cancellationToken);

    /// <summary>Shows a service's last rollout.</summary>
    /// <param name="service">The service.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<RolloutAnswer>> GetAsync(string service, string? @namespace = null,
        CancellationToken cancellationToken = default) =>
        _transport.GetAsync(
            ApiPath.Of($"/api/traffic/rollouts/{service}").With("namespace", @namespace), TrafficJson.Default.RolloutAnswer,
                cancellationToken);

    /// <summary>Reports how the clients of a share take what is rolled out to them. The first report decides, so it has no key.</summary>
    /// <param name="service">The service.</param>
    /// <param name="report">What was seen.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<TrafficWriteAnswer>> ReportAsync(
        string service, RolloutReport report, string? @namespace = null, CancellationToken cancellationToken = default) =>
        _transport.ReportAsync(
            ApiPath.Of($"/api/traffic/rollouts/{service}/report").With("namespace", @namespace),
            report, TrafficJson.Default.RolloutReport, TrafficJson.Default.TrafficWriteAnswer, cancellationToken);
}
