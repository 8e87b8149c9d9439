using Google.Protobuf.WellKnownTypes;
using Mesh.Contracts.Security;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Security.Authority;
using Mesh.Security.Mtls;
using Mesh.Security.State;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Security.Xds;

/// <summary>
/// A service's mutual TLS mode on the clusters that others have drafted, its own and those of its subsets (Flow step 6). A service that is
/// not registered gets nothing.
/// </summary>
public sealed class MtlsXdsContributor : IXdsContributor
{
    /// <inheritdoc/>
    public int Order => 30;

    /// <inheritdoc/>
    public IEnumerable<ServiceKey> Services(MeshState state) => [];

    /// <inheritdoc/>
    public IEnumerable<ServiceKey> Affected(MeshState state, string stream) => SecurityStreams.ScopeOf(stream) switch
    {
        { Service: { } name } scope => [new ServiceKey(scope.Namespace, name)],
        { } scope => Catalog(state)?.Services.Select(service => service.Key).Where(key => key.Namespace == scope.Namespace) ?? [],
        null => [],
    };

    /// <inheritdoc/>
    public object? Shape(MeshState state, ServiceKey service) => SettingOf(state, service);

    /// <inheritdoc/>
    public void Configure(XdsDraft draft)
    {
        if (SettingOf(draft.State, draft.Service) is not { TrustDomain: { } domain } setting) return;
        var peer = new SpiffeId(domain, draft.Service).ToString();
        foreach (var cluster in draft.Clusters.Values) Apply(cluster, draft.Flavour, setting.Mode, peer);
    }

    /// <inheritdoc/>
    public void Endpoints(XdsEndpointsDraft draft)
    {
    }

    private static void Apply(Cluster cluster, XdsFlavour flavour, MtlsMode mode, string peer)
    {
        if (mode == MtlsMode.Strict) TransportSockets.Require(cluster, flavour, peer);
        // gRPC's clients cannot choose by endpoint, and a permissive server takes plaintext.
        else if (flavour != XdsFlavour.Grpc) TransportSockets.Offer(cluster, flavour, peer);
        if (flavour != XdsFlavour.Grpc)
            MeshMetadata.Set(cluster.Metadata ??= new Metadata(), MeshMetadata.Mtls, Value.ForString(MtlsModes.NameOf(mode)));
    }

    // A default counts only for services that are there: else the compiler would keep each one that ever was for good.
    private static MtlsSetting? SettingOf(MeshState state, ServiceKey service) =>
        state.TryFacts<SecurityState>()?.EffectiveOf(service) is { Mode: not MtlsMode.Disable } setting
            && Catalog(state)?.Find(service) is not null ? setting : null;

    private static IServiceCatalog? Catalog(MeshState state) => state.TryFacts<IServiceCatalog>();
}
