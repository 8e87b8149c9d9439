using Mesh.Contracts.Discovery;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Xds;

/// <summary>
/// gRPC's own clients, which know less of a rule than the mesh's data plane: what they make of it is said where it is written and
/// explained.
/// </summary>
public static class GrpcClients
{
    /// <summary>
    /// Whether such clients may call a service: one whose instances speak gRPC. Which clients there are, a registry does not know.
    /// </summary>
    public static bool MayCall(MeshState state, ServiceKey service) =>
        state.TryFacts<IServiceCatalog>()?.Find(service)?.Protocol == MeshProtocol.Grpc;

    /// <summary>The warnings, each with its field; null for none.</summary>
    public static IReadOnlyList<string>? Warnings(IEnumerable<(string Field, string Does)> gaps)
    {
        var warnings = gaps.Select(gap => $"{gap.Field}: gRPC's own clients (xds:///) {gap.Does}").Distinct().ToList();
        return warnings.Count == 0 ? null : warnings;
    }
}
