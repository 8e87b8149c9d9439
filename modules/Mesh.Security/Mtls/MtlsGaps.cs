using Mesh.Contracts.Security;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Security.State;

namespace Mesh.Security.Mtls;

/// <summary>What gRPC's own clients make of mutual TLS modes.</summary>
internal sealed class MtlsGaps : IClientGaps
{
    public IEnumerable<string> Of(MeshState state, ServiceKey service, string? route) =>
        state.TryFacts<SecurityState>()?.EffectiveOf(service).Mode is { } mode && GrpcClients.MayCall(state, service)
            ? Warnings(mode) ?? []
            : [];

    /// <summary>The warnings where a mode is set; null for none.</summary>
    public static IReadOnlyList<string>? Of(MeshState state, MtlsScope scope, MtlsMode mode)
    {
        IEnumerable<ServiceKey> services = scope.Service is { } name
            ? [new ServiceKey(scope.Namespace, name)]
            : state.TryFacts<IServiceCatalog>()?.Services.Select(service => service.Key).Where(key => key.Namespace == scope.Namespace)
                ?? [];
        return services.Any(service => GrpcClients.MayCall(state, service)) ? Warnings(mode) : null;
    }

    private static IReadOnlyList<string>? Warnings(MtlsMode mode) => mode switch
    {
        MtlsMode.Permissive => GrpcClients.Warnings([("mtls", "connect in plaintext, whatever the labels of the instances")]),
        MtlsMode.Strict => GrpcClients.Warnings([("mtls",
            "need channel credentials that follow the control plane (XdsChannelCredentials) and a certificate provider 'default' in their "
                + "bootstrap; without these their calls fail")]),
        _ => null,
    };
}
