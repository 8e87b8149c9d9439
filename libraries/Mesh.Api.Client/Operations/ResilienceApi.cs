using System.Text.Json.Serialization.Metadata;
using Mesh.Api.Client.Requests;
using Mesh.Api.Client.Transport;
using Mesh.Contracts.Rest;

namespace Mesh.Api.Client.Operations;

/// <summary>Circuit breakers, bulkheads, outlier detection, rate limits, timeouts and fallbacks.</summary>
public sealed class ResilienceApi
{
    private readonly ApiTransport _transport;

    internal ResilienceApi(ApiTransport transport) => _transport = transport;

    /// <summary>Takes failing instances out of rotation, and bounds active work.</summary>
    /// <param name="request">The policy as a whole.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<PolicyWriteAnswer>> SetCircuitBreakerAsync(
        CircuitBreakerRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        SetAsync("circuit-breakers", request, RestJson.Default.CircuitBreakerRequest, write, cancellationToken);

    /// <summary>Limits the active requests to a service.</summary>
    /// <param name="request">The policy as a whole.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<PolicyWriteAnswer>> SetBulkheadAsync(
        BulkheadRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        SetAsync("bulkheads", request, RestJson.Default.BulkheadRequest, write, cancellationToken);

    /// <summary>Sets how failing instances of a service are detected.</summary>
    /// <param name="request">The policy as a whole.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<PolicyWriteAnswer>> SetOutlierDetectionAsync(
        OutlierDetectionRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        SetAsync("outlier-detection", request, RestJson.Default.OutlierDetectionRequest, write, cancellationToken);

    /// <summary>Limits how many requests pass per unit of time.</summary>
    /// <param name="request">The policy as a whole.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<PolicyWriteAnswer>> SetRateLimitAsync(
        RateLimitRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        SetAsync("rate-limits", request, RestJson.Default.RateLimitRequest, write, cancellationToken);

    /// <summary>Limits how long requests and connections may take.</summary>
    /// <param name="request">The policy as a whole.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<PolicyWriteAnswer>> SetTimeoutAsync(
        TimeoutRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        SetAsync("timeouts", request, RestJson.Default.TimeoutRequest, write, cancellationToken);

    /// <summary>Names a service that responds when another cannot.</summary>
    /// <param name="request">The policy as a whole.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<PolicyWriteAnswer>> SetFallbackAsync(
        FallbackRequest request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        SetAsync("fallbacks", request, RestJson.Default.FallbackRequest, write, cancellationToken);

    /// <summary>Takes a service's policy of one kind back. What is not there changes nothing.</summary>
    /// <param name="kind">Which policy.</param>
    /// <param name="service">The service.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<PolicyWriteAnswer>> RemoveAsync(
        ResilienceKind kind, string service, string? @namespace = null, WriteOptions? write = null,
            CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync(
            new ApiPath($"/api/resilience/{PathOf(kind)}").With("service", service).With("namespace", @namespace),
            RestJson.Default.PolicyWriteAnswer, write, cancellationToken);

    /// <summary>Lists policies.</summary>
    /// <param name="query">Which; null: all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<PolicyListAnswer>> ListAsync(PolicyQuery? query = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(
            new ApiPath("/api/resilience/policies").With("namespace", query?.Namespace).With("service", query?.Service).With("kind",
                query?.Kind),
            RestJson.Default.PolicyListAnswer, cancellationToken);

    private static string PathOf(ResilienceKind kind) => kind switch
    {
        ResilienceKind.CircuitBreaker => "circuit-breakers",
        ResilienceKind.Bulkhead => "bulkheads",
        ResilienceKind.OutlierDetection => "outlier-detection",
        ResilienceKind.RateLimit => "rate-limits",
        ResilienceKind.Timeout => "timeouts",
        ResilienceKind.Fallback => "fallbacks",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "It is not a kind of policy."),
    };

    private Task<ApiAnswer<PolicyWriteAnswer>> SetAsync<T>(string path, T request, JsonTypeInfo<T> shape, WriteOptions? write,
        CancellationToken cancellationToken) =>
        _transport.WriteAsync(
            HttpMethod.Post, new ApiPath($"/api/resilience/{path}"), request, shape, RestJson.Default.PolicyWriteAnswer, write,
                cancellationToken);
}
