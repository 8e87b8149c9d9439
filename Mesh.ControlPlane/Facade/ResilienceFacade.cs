using Grpc.Core;
using Mesh.Kernel.Replication;
using Mesh.Resilience.Rpc;
using V1 = Mesh.Contracts.V1;

namespace Mesh.ControlPlane.Facade;

/// <summary>
/// <c>cdaprod.mesh.v1.Resilience</c> on a control plane: writes go to the Registry (Flow step 1), the list is answered from the replica.
/// </summary>
internal sealed class ResilienceFacade(RegistryCalls registry, ResilienceReading reading, IMeshReplica replica) : V1.Resilience.ResilienceBase
{
    public override Task<V1.PolicyReply> SetPolicy(V1.SetPolicyRequest request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Resilience.ResilienceClient(invoker).SetPolicyAsync(request, options));

    public override Task<V1.PolicyReply> RemovePolicy(V1.RemovePolicyRequest request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Resilience.ResilienceClient(invoker).RemovePolicyAsync(request, options));

    public override Task<V1.ReportIncidentsReply> ReportIncidents(V1.ReportIncidentsRequest request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Resilience.ResilienceClient(invoker).ReportIncidentsAsync(request, options));

    public override Task<V1.PolicyList> ListPolicies(V1.ListPoliciesRequest request, ServerCallContext context) =>
        replica.For(reading).ListAsync(request, context.CancellationToken);
}
