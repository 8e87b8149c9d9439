using Mesh.Contracts.Discovery;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Xds.Resources;

namespace Mesh.Discovery.Xds;

/// <summary>
/// The plain service: a listener, one route to one cluster, and the routable instances as its endpoints. Draining, maintenance and
/// critical instances are left out, warning ones stay. A service without such instances has an empty cluster. Flow step 6.
/// </summary>
public sealed class DiscoveryXdsContributor : IXdsContributor
{
    /// <inheritdoc/>
    public int Order => 0;

    /// <inheritdoc/>
    public IEnumerable<ServiceKey> Services(MeshState state) => Catalog(state)?.Services.Select(s => s.Key) ?? [];

    /// <inheritdoc/>
    public IEnumerable<ServiceKey> Affected(MeshState state, string stream) => Catalog(state)?.KeyOf(stream) is { } key ? [key] : [];

    /// <inheritdoc/>
    public object? Shape(MeshState state, ServiceKey service) => Catalog(state)?.Find(service) is { } view ? view.Protocol : null;

    /// <inheritdoc/>
    public void Configure(XdsDraft draft)
    {
        if (Catalog(draft.State)?.Find(draft.Service) is not { } view) return;
        draft.Listener = (draft.Flavour, view.Protocol) switch
        {
            (XdsFlavour.Grpc, _) => ListenerBuilder.Api(draft.Name),
            (_, MeshProtocol.Tcp) => ListenerBuilder.TcpTemplate(draft.Name),
            (XdsFlavour.Mesh, _) => ListenerBuilder.Api(draft.Name),
            _ => ListenerBuilder.HttpTemplate(draft.Name),
        };
        draft.Routes = RouteConfigurationBuilder.Default(draft.Name, draft.Flavour);
        draft.Clusters[draft.Name] = ClusterBuilder.Eds(draft.Name, draft.Flavour, CatalogEndpoints.Wire(view.Protocol));
    }

    /// <inheritdoc/>
    public void Endpoints(XdsEndpointsDraft draft)
    {
        if (Catalog(draft.State)?.Find(draft.Service) is not { } view) return;
        draft.Assignments[draft.Name] = LoadAssignmentBuilder.Of(draft.Name, draft.Flavour,
            CatalogEndpoints.Of(view.Instances.Where(i => i.Routable)));
    }

    private static IServiceCatalog? Catalog(MeshState state) => state.TryFacts<IServiceCatalog>();
}
