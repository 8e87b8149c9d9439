namespace Mesh.Api.Client.Requests;

/// <summary>A kind of resilience policy.</summary>
public enum ResilienceKind
{
    /// <summary>Failing instances are taken out of rotation, and active work is bounded.</summary>
    CircuitBreaker,

    /// <summary>Only so many requests are in progress.</summary>
    Bulkhead,

    /// <summary>How failing instances are found.</summary>
    OutlierDetection,

    /// <summary>Only so many requests in a time.</summary>
    RateLimit,

    /// <summary>How long things may take.</summary>
    Timeout,

    /// <summary>A service that answers where another cannot.</summary>
    Fallback,
}
