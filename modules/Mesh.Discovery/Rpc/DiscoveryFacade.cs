using Grpc.Core;
using Mesh.Api.Rpc;
using Mesh.Kernel.Replication;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Discovery.Rpc;

/// <summary>
/// <c>cdaprod.mesh.v1.Discovery</c> on a control plane: writes go to the Registry (Flow step 1), reads and watches are
/// answered from the replica, so that they go on while the Registry is unavailable.
/// </summary>
public sealed class DiscoveryFacade(DiscoveryReading reading, IMeshReplica replica) : V1.Discovery.DiscoveryBase, IForwardsWrites
{
    /// <inheritdoc/>
    public override Task<V1.ServiceList> ListServices(V1.ListServicesRequest request, ServerCallContext context) =>
        replica.For(reading).ListAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<V1.Service> GetService(V1.GetServiceRequest request, ServerCallContext context) =>
        replica.For(reading).GetAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task Watch(V1.ListServicesRequest request, IServerStreamWriter<V1.ServiceList> responseStream,
        ServerCallContext context) =>
        replica.For(reading).WatchAsync(request, responseStream, context.CancellationToken);
}
