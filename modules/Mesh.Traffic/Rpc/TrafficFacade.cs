using Grpc.Core;
using Mesh.Api.Rpc;
using Mesh.Kernel.Replication;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Traffic.Rpc;

/// <summary>
/// <c>cdaprod.mesh.v1.Traffic</c> on a control plane: writes go to the Registry (Flow step 1), reads are answered from the replica, so that
/// they go on while the Registry is unavailable.
/// </summary>
public sealed class TrafficFacade(TrafficReading reading, IMeshReplica replica) : V1.Traffic.TrafficBase, IForwardsWrites
{
    /// <inheritdoc/>
    public override Task<V1.RouteList> ListRoutes(V1.ListRoutesRequest request, ServerCallContext context) =>
        replica.For(reading).ListAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<V1.TrafficPolicy> GetPolicy(V1.TrafficPolicyRequest request, ServerCallContext context) =>
        replica.For(reading).GetPolicyAsync(request, context.CancellationToken);
}
