using Grpc.Core;
using Mesh.Kernel.Replication;
using Mesh.Traffic.Rpc;
using V1 = Mesh.Contracts.V1;

namespace Mesh.ControlPlane.Facade;

/// <summary>
/// <c>cdaprod.mesh.v1.Delivery</c> on a control plane: writes go to the Registry (Flow step 1), reads are answered from the replica and from the windows
/// of load, so that they go on while the Registry is away.
/// </summary>
internal sealed class DeliveryFacade(RegistryCalls registry, DeliveryRpcReading reading, IMeshReplica replica) : V1.Delivery.DeliveryBase
{
    public override Task<V1.DeliveryReply> StartCanary(V1.Canary request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Delivery.DeliveryClient(invoker).StartCanaryAsync(request, options));

    public override Task<V1.DeliveryReply> PromoteCanary(V1.PromoteCanaryRequest request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Delivery.DeliveryClient(invoker).PromoteCanaryAsync(request, options));

    public override Task<V1.DeliveryReply> AbortCanary(V1.AbortCanaryRequest request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Delivery.DeliveryClient(invoker).AbortCanaryAsync(request, options));

    public override Task<V1.DeliveryReply> SwitchBlueGreen(V1.BlueGreen request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Delivery.DeliveryClient(invoker).SwitchBlueGreenAsync(request, options));

    public override Task<V1.DeliveryReply> RollBackBlueGreen(V1.DeliveryRequest request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Delivery.DeliveryClient(invoker).RollBackBlueGreenAsync(request, options));

    public override Task<V1.Canary> GetCanary(V1.DeliveryRequest request, ServerCallContext context) => replica.For(reading).GetCanaryAsync(request, context.CancellationToken);

    public override Task<V1.CanaryList> ListCanaries(V1.ListDeliveriesRequest request, ServerCallContext context) => replica.For(reading).ListCanariesAsync(request, context.CancellationToken);

    public override Task<V1.BlueGreen> GetBlueGreen(V1.DeliveryRequest request, ServerCallContext context) => replica.For(reading).GetBlueGreenAsync(request, context.CancellationToken);

    public override Task<V1.BlueGreenList> ListBlueGreen(V1.ListDeliveriesRequest request, ServerCallContext context) => replica.For(reading).ListBlueGreenAsync(request, context.CancellationToken);
}
