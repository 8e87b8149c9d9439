using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;

namespace Mesh.Resilience.Policies;

/// <summary>
/// What gRPC's own clients do otherwise with a policy, or not at all. The table in docs/data-planes.md says it field by field.
/// </summary>
public static class GrpcGaps
{
    /// <summary>The warnings for a policy of a service that they may call; null for none.</summary>
    public static IReadOnlyList<string>? Of(MeshState state, ServiceKey service, IResiliencePolicy policy) =>
        GrpcClients.MayCall(state, service) ? GrpcClients.Warnings(Of(policy)) : null;

    private static IEnumerable<(string, string)> Of(IResiliencePolicy policy)
    {
        const string NotInARow = "count no failures in a row", ByShare = $"{NotInARow}: they eject by a share of 85 % in an interval";
        switch (policy)
        {
            case CircuitBreakerPolicy breaker:
                yield return ("threshold", ByShare);
                if (breaker.MaxConnections is not null) yield return ("maxConnections", "ignore it");
                if (breaker.MaxPendingRequests is not null) yield return ("maxPendingRequests", "ignore it");
                if (breaker.MaxRetries is not null) yield return ("maxRetries", "ignore it: each call has its attempts");
                break;
            case BulkheadPolicy { MaxQueued: > 0 }:
                yield return ("maxQueued", "queue nothing: requests over maxConcurrent fail at once");
                break;
            case OutlierDetectionPolicy outliers:
                if (outliers.Consecutive5xx is not null)
                    yield return ("consecutive5xx", outliers.FailurePercentage is null ? ByShare : NotInARow);
                if (outliers.ConsecutiveGatewayErrors is not null)
                    yield return ("consecutiveGatewayErrors", outliers.FailurePercentage is null ? ByShare : NotInARow);
                break;
            case RateLimitPolicy:
                yield return ("requests", "are not limited");
                break;
            case TimeoutPolicy timeout:
                if (timeout.IdleMs is not null) yield return ("idle", "ignore it");
                if (timeout.ConnectMs is not null) yield return ("connect", "ignore it: they wait 20 s for a connection");
                break;
            case FallbackPolicy:
                yield return ("fallback", "fail the call as UNAVAILABLE");
                break;
        }
    }
}
