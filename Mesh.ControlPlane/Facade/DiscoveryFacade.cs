using Grpc.Core;
using Mesh.Discovery.Rpc;
using Mesh.Kernel.Replication;
using V1 = Mesh.Contracts.V1;

namespace Mesh.ControlPlane.Facade;

/// <summary>
/// <c>cdaprod.mesh.v1.Discovery</c> on a control plane: writes go to the Registry (Flow step 1), reads and watches are
/// answered from the replica, so that they go on while the Registry is away.
/// </summary>
internal sealed class DiscoveryFacade(RegistryCalls registry, DiscoveryReading reading, IMeshReplica replica) : V1.Discovery.DiscoveryBase
{
    public override Task<V1.WriteReply> Register(V1.RegisterRequest request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Discovery.DiscoveryClient(invoker).RegisterAsync(request, options));

    public override Task<V1.WriteReply> Deregister(V1.DeregisterRequest request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Discovery.DiscoveryClient(invoker).DeregisterAsync(request, options));

    public override Task<V1.HeartbeatReply> Heartbeat(V1.HeartbeatRequest request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Discovery.DiscoveryClient(invoker).HeartbeatAsync(request, options));

    public override Task<V1.WriteReply> SetMode(V1.SetModeRequest request, ServerCallContext context) =>
        registry.Call(context, (invoker, options) => new V1.Discovery.DiscoveryClient(invoker).SetModeAsync(request, options));

    public override Task<V1.ServiceList> ListServices(V1.ListServicesRequest request, ServerCallContext context) =>
        replica.For(reading).ListAsync(request, context.CancellationToken);

    public override Task<V1.Service> GetService(V1.GetServiceRequest request, ServerCallContext context) =>
        replica.For(reading).GetAsync(request, context.CancellationToken);

    public override Task Watch(V1.ListServicesRequest request, IServerStreamWriter<V1.ServiceList> responseStream, ServerCallContext context) =>
        replica.For(reading).WatchAsync(request, responseStream, context.CancellationToken);
}
