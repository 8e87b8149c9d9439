using Mesh.Contracts.Rest;
using Mesh.Discovery.Read;
using Mesh.Discovery.State;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Discovery.Rpc;

/// <summary>Services as gRPC shows them: what REST shows, as messages.</summary>
internal static class ServiceMessages
{
    /// <summary>All that the filter lets through.</summary>
    public static V1.ServiceList List(MeshState state, ServiceFilter filter) => AnswerMessages.Fill(new V1.ServiceList(),
        ServiceAnswers.ToList(state.Facts<DiscoveryState>(), state.Sequence, filter), RestJson.Default.ServiceListAnswer);

    /// <summary>One service.</summary>
    public static V1.Service Of(ServiceState service) => AnswerMessages.Fill(new V1.Service(),
        ServiceAnswers.ToAnswer(service, service.Instances), RestJson.Default.ServiceAnswer);
}
