using Mesh.Discovery.Read;
using Mesh.Kernel.Values;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Discovery.Rpc;

/// <summary>A filter in a message as the checks take it; an empty text counts as unset.</summary>
internal static class RpcInput
{
    public static ServiceFilter Of(V1.ListServicesRequest request, Faults faults) => ServiceFilter.Of(
        request.Namespace, request.Name, request.Protocol, request.Version, request.Zone, request.Health, [.. request.Metadata], faults);
}
