using Mesh.Contracts.Discovery;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Resilience.State;

namespace Mesh.Resilience.Xds;

/// <summary>
/// A service's policies on what others have drafted (Flow step 6): bounds and outlier detection on its clusters, its own and those of its
/// subsets; timeouts, rate limits and the fallback on its routes. A service that nobody has drafted gets nothing.
/// </summary>
public sealed class ResilienceXdsContributor : IXdsContributor
{
    /// <inheritdoc/>
    public int Order => 20;

    /// <inheritdoc/>
    public IEnumerable<ServiceKey> Services(MeshState state) => Policies(state)?.Services.Select(policies => policies.Key) ?? [];

    /// <inheritdoc/>
    public IEnumerable<ServiceKey> Affected(MeshState state, string stream) => ResilienceStreams.KeyOf(stream) is { } key ? [key] : [];

    /// <inheritdoc/>
    public object? Shape(MeshState state, ServiceKey service) => Policies(state)?.Find(service);

    /// <inheritdoc/>
    public void Configure(XdsDraft draft)
    {
        var policies = Policies(draft.State)?.Find(draft.Service) ?? new ServicePolicies(draft.Service);
        var protocol = draft.State.TryFacts<IServiceCatalog>()?.Find(draft.Service)?.Protocol;
        var routed = draft.Routes is not null && protocol != MeshProtocol.Tcp;
        foreach (var cluster in draft.Clusters.Values)
        {
            CircuitBreakerCompiler.Apply(cluster, draft.Flavour, policies, protocol != MeshProtocol.Grpc, routed);
            OutlierCompiler.Apply(cluster, draft.Flavour, policies);
            RoutePolicyCompiler.Connect(cluster, policies);
        }

        if (draft.Routes is null) return;
        RoutePolicyCompiler.Time(draft.Routes, draft.Flavour, policies);
        RoutePolicyCompiler.Limit(draft, policies);
        RoutePolicyCompiler.FallBack(draft.Routes, draft.Flavour, policies);
    }

    /// <inheritdoc/>
    public void Endpoints(XdsEndpointsDraft draft)
    {
    }

    private static ResilienceState? Policies(MeshState state) => state.TryFacts<ResilienceState>();
}
