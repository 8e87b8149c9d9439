using Mesh.Contracts.Resilience;
using Mesh.Resilience.State;
using Mesh.Xds.Resources;
using Proto = Mesh.Xds.Protos;
using Thresholds = Mesh.Xds.Protos.CircuitBreakers.Types.Thresholds;

namespace Mesh.Resilience.Xds;

/// <summary>Circuit breaker and bulkhead as a cluster's thresholds: where both bound the same, the lower number counts.</summary>
internal static class CircuitBreakerCompiler
{
    private const int BudgetPercent = 20, BudgetLeast = 3;

    /// <param name="cluster">Changed in place.</param>
    /// <param name="flavour">gRPC's client knows the bound on requests only.</param>
    /// <param name="policies">Of the cluster's service.</param>
    /// <param name="ownConnections">
    /// Whether a connection carries one request at a time. Requests wait for connections only, so that is what a bulkhead bounds too.
    /// </param>
    /// <param name="routed">
    /// Whether routes can lead to the cluster. Any service's may repeat requests to it, so that retries have a budget, unless a number is
    /// set.
    /// </param>
    public static void Apply(Proto.Cluster cluster, XdsFlavour flavour, ServicePolicies policies, bool ownConnections, bool routed)
    {
        var breaker = policies.Get<CircuitBreakerPolicy>();
        var bulkhead = policies.Get<BulkheadPolicy>();
        var thresholds = new Thresholds { MaxRequests = Lower(breaker?.MaxRequests, bulkhead?.MaxConcurrent) };
        if (flavour != XdsFlavour.Grpc)
        {
            thresholds.MaxConnections = Lower(breaker?.MaxConnections,
                ownConnections && bulkhead is not null ? (int?)thresholds.MaxRequests : null);
            thresholds.MaxPendingRequests = Pending(Lower(breaker?.MaxPendingRequests, bulkhead?.MaxQueued), flavour);
            thresholds.MaxRetries = (uint?)breaker?.MaxRetries;
            if (routed && breaker?.MaxRetries is null)
                thresholds.RetryBudget = new()
                {
                    BudgetPercent = new Proto.Percent { Value = BudgetPercent },
                    MinRetryConcurrency = BudgetLeast,
                };
        }

        if (!thresholds.Equals(new Thresholds())) cluster.CircuitBreakers = new Proto.CircuitBreakers { Thresholds = { thresholds } };
    }

    private static uint? Lower(int? one, int? other) => (uint?)(one is null || other < one ? other : one);

    // A request of Envoy's waits while its first connection is made: with none that may wait, nothing would ever get through.
    private static uint? Pending(uint? pending, XdsFlavour flavour) => flavour == XdsFlavour.Envoy && pending == 0 ? 1 : pending;
}
