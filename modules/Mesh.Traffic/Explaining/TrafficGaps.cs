using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Traffic.Rules;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Explaining;

/// <summary>What gRPC's own clients make of the route that a request takes, and of the service's traffic policy.</summary>
internal sealed class TrafficGaps : IClientGaps
{
    public IEnumerable<string> Of(MeshState state, ServiceKey service, string? route)
    {
        var traffic = state.TryFacts<TrafficState>()?.Find(service);
        return
        [
            .. traffic?.Rules.Where(rule => rule.Name == route).SelectMany(rule => GrpcGaps.Of(state, rule.Route) ?? []) ?? [],
            .. traffic?.Policy is { } policy ? GrpcGaps.Of(state, policy.Spec) ?? [] : [],
        ];
    }
}
