using Grpc.Core;
using Mesh.Kernel.Replication;
using Mesh.Traffic.Rpc;
using V1 = Mesh.Contracts.V1;

namespace Mesh.ControlPlane.Facade;

/// <summary>
/// <c>cdaprod.mesh.v1.Traffic</c> on a control plane: writes go to the Registry (Flow step 1), reads are answered from the replica, so that
/// they go on while the Registry is away.
/// </summary>
internal sealed class TrafficFacade(RegistryCalls registry, TrafficReading reading, IMeshReplica replica) : V1.Traffic.TrafficBase
{
    public override Task<V1.TrafficWriteReply> SetRoute(V1.Route request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Traffic.TrafficClient(invoker).SetRouteAsync(request, options));

    public override Task<V1.TrafficWriteReply> RemoveRoute(V1.RemoveRouteRequest request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Traffic.TrafficClient(invoker).RemoveRouteAsync(request, options));

    public override Task<V1.TrafficWriteReply> SetPolicy(V1.TrafficPolicy request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Traffic.TrafficClient(invoker).SetPolicyAsync(request, options));

    public override Task<V1.TrafficWriteReply> RemovePolicy(V1.TrafficPolicyRequest request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Traffic.TrafficClient(invoker).RemovePolicyAsync(request, options));

    public override Task<V1.RouteList> ListRoutes(V1.ListRoutesRequest request, ServerCallContext context) => replica.For(reading).ListAsync(request, context.CancellationToken);

    public override Task<V1.TrafficPolicy> GetPolicy(V1.TrafficPolicyRequest request, ServerCallContext context) => replica.For(reading).GetPolicyAsync(request, context.CancellationToken);
}
