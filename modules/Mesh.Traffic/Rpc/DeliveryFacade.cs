using Grpc.Core;
using Mesh.Api.Rpc;
using Mesh.Kernel.Replication;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Traffic.Rpc;

/// <summary>
/// <c>cdaprod.mesh.v1.Delivery</c> on a control plane: writes go to the Registry (Flow step 1), reads are answered from the replica and
/// from the windows of load, so that they go on while the Registry is unavailable.
/// </summary>
public sealed class DeliveryFacade(DeliveryRpcReading reading, IMeshReplica replica) : V1.Delivery.DeliveryBase, IForwardsWrites
{
    /// <inheritdoc/>
    public override Task<V1.Canary> GetCanary(V1.DeliveryRequest request, ServerCallContext context) =>
        replica.For(reading).GetCanaryAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<V1.CanaryList> ListCanaries(V1.ListDeliveriesRequest request, ServerCallContext context) =>
        replica.For(reading).ListCanariesAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<V1.BlueGreen> GetBlueGreen(V1.DeliveryRequest request, ServerCallContext context) =>
        replica.For(reading).GetBlueGreenAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<V1.BlueGreenList> ListBlueGreen(V1.ListDeliveriesRequest request, ServerCallContext context) =>
        replica.For(reading).ListBlueGreenAsync(request, context.CancellationToken);
}
