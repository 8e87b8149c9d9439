using Grpc.Core;
using Mesh.Api.Rpc;
using Mesh.Kernel.Replication;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Resilience.Rpc;

/// <summary>
/// <c>cdaprod.mesh.v1.Resilience</c> on a control plane: writes go to the Registry (Flow step 1), the list is answered from the replica.
/// </summary>
public sealed class ResilienceFacade(ResilienceReading reading, IMeshReplica replica) : V1.Resilience.ResilienceBase, IForwardsWrites
{
    /// <inheritdoc/>
    public override Task<V1.PolicyList> ListPolicies(V1.ListPoliciesRequest request, ServerCallContext context) =>
        replica.For(reading).ListAsync(request, context.CancellationToken);
}
