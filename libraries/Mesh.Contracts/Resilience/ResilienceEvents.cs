using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;

namespace Mesh.Contracts.Resilience;

/// <summary>A service's circuit breaker policy has been set or changed. Stream <c>resilience/ns/service/circuit-breaker</c>.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Policy">All of it, as it is now.</param>
public sealed record CircuitBreakerSet(string Namespace, string Service, CircuitBreakerPolicy Policy) : IMeshEvent<CircuitBreakerSet>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.resilience.circuit-breaker-set.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<CircuitBreakerSet> JsonType => ResilienceJson.Default.CircuitBreakerSet;
}

/// <summary>A service's bulkhead policy has been set or changed. Stream <c>resilience/ns/service/bulkhead</c>.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Policy">All of it, as it is now.</param>
public sealed record BulkheadSet(string Namespace, string Service, BulkheadPolicy Policy) : IMeshEvent<BulkheadSet>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.resilience.bulkhead-set.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<BulkheadSet> JsonType => ResilienceJson.Default.BulkheadSet;
}

/// <summary>A service's outlier detection policy has been set or changed. Stream <c>resilience/ns/service/outlier-detection</c>.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Policy">All of it, as it is now.</param>
public sealed record OutlierDetectionSet(string Namespace, string Service, OutlierDetectionPolicy Policy) : IMeshEvent<OutlierDetectionSet>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.resilience.outlier-detection-set.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<OutlierDetectionSet> JsonType => ResilienceJson.Default.OutlierDetectionSet;
}

/// <summary>A service's rate limit policy has been set or changed. Stream <c>resilience/ns/service/rate-limit</c>.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Policy">All of it, as it is now.</param>
public sealed record RateLimitSet(string Namespace, string Service, RateLimitPolicy Policy) : IMeshEvent<RateLimitSet>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.resilience.rate-limit-set.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<RateLimitSet> JsonType => ResilienceJson.Default.RateLimitSet;
}

/// <summary>A service's timeout policy has been set or changed. Stream <c>resilience/ns/service/timeout</c>.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Policy">All of it, as it is now.</param>
public sealed record TimeoutSet(string Namespace, string Service, TimeoutPolicy Policy) : IMeshEvent<TimeoutSet>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.resilience.timeout-set.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<TimeoutSet> JsonType => ResilienceJson.Default.TimeoutSet;
}

/// <summary>A service's fallback policy has been set or changed. Stream <c>resilience/ns/service/fallback</c>.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Policy">All of it, as it is now.</param>
public sealed record FallbackSet(string Namespace, string Service, FallbackPolicy Policy) : IMeshEvent<FallbackSet>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.resilience.fallback-set.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<FallbackSet> JsonType => ResilienceJson.Default.FallbackSet;
}

/// <summary>A policy of a service has been taken back. Stream <c>resilience/ns/service/kind</c>.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Kind">Which.</param>
public sealed record PolicyRemoved(string Namespace, string Service, PolicyKind Kind) : IMeshEvent<PolicyRemoved>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.resilience.policy-removed.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<PolicyRemoved> JsonType => ResilienceJson.Default.PolicyRemoved;
}
