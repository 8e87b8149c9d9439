using Mesh.Contracts.Resilience;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Resilience.Policies;

namespace Mesh.Resilience.CircuitBreakers;

/// <summary>Circuit breakers as REST and gRPC say them, and in normal form. Finds every fault.</summary>
internal static class CircuitBreakerRules
{
    public static CircuitBreakerRequest Read(JsonFields body) => new()
    {
        Service = "",
        Threshold = body.Number("threshold"),
        MaxConnections = body.Number("maxConnections"),
        MaxPendingRequests = body.Number("maxPendingRequests"),
        MaxRequests = body.Number("maxRequests"),
        MaxRetries = body.Number("maxRetries"),
    };

    public static CircuitBreakerPolicy Check(CircuitBreakerRequest request, Faults faults) => new()
    {
        Threshold = Bounds.Number(request.Threshold, "threshold", 1, ResilienceLimits.MostInARow, faults) ?? 5,
        MaxConnections = Bounds.Number(request.MaxConnections, "maxConnections", 1, ResilienceLimits.MostAtOnce, faults),
        MaxPendingRequests = Bounds.Number(request.MaxPendingRequests, "maxPendingRequests", 0, ResilienceLimits.MostAtOnce, faults),
        MaxRequests = Bounds.Number(request.MaxRequests, "maxRequests", 1, ResilienceLimits.MostAtOnce, faults),
        MaxRetries = Bounds.Number(request.MaxRetries, "maxRetries", 0, ResilienceLimits.MostAtOnce, faults),
    };

    public static CircuitBreakerRequest Show(ServiceKey key, CircuitBreakerPolicy policy) => new()
    {
        Service = key.Name,
        Namespace = key.Namespace,
        Threshold = policy.Threshold,
        MaxConnections = policy.MaxConnections,
        MaxPendingRequests = policy.MaxPendingRequests,
        MaxRequests = policy.MaxRequests,
        MaxRetries = policy.MaxRetries,
    };
}
