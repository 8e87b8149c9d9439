using System.Text.Json.Serialization;

namespace Mesh.Contracts.Resilience;

/// <summary>A resilience policy of one service, in normal form. Equal policies are equal values.</summary>
public interface IResiliencePolicy
{
    /// <summary>Which; a service has at most one of each.</summary>
    PolicyKind Kind { get; }
}

/// <summary>The kinds of resilience policy.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PolicyKind>))]
public enum PolicyKind
{
    /// <summary><see cref="CircuitBreakerPolicy"/>.</summary>
    [JsonStringEnumMemberName("circuit-breaker")] CircuitBreaker,

    /// <summary><see cref="BulkheadPolicy"/>.</summary>
    [JsonStringEnumMemberName("bulkhead")] Bulkhead,

    /// <summary><see cref="OutlierDetectionPolicy"/>.</summary>
    [JsonStringEnumMemberName("outlier-detection")] OutlierDetection,

    /// <summary><see cref="RateLimitPolicy"/>.</summary>
    [JsonStringEnumMemberName("rate-limit")] RateLimit,

    /// <summary><see cref="TimeoutPolicy"/>.</summary>
    [JsonStringEnumMemberName("timeout")] Timeout,

    /// <summary><see cref="FallbackPolicy"/>.</summary>
    [JsonStringEnumMemberName("fallback")] Fallback,
}
