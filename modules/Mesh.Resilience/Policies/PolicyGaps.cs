using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Resilience.State;

namespace Mesh.Resilience.Policies;

/// <summary>What gRPC's own clients make of a service's resilience policies.</summary>
internal sealed class PolicyGaps : IClientGaps
{
    public IEnumerable<string> Of(MeshState state, ServiceKey service, string? route) =>
        state.TryFacts<ResilienceState>()?.Find(service)?.All.SelectMany(one => GrpcGaps.Of(state, service, one.Policy) ?? []) ?? [];
}
