using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Discovery.State;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Discovery.Rpc;

/// <summary>
/// The reading half of <c>cdaprod.mesh.v1.Discovery</c>, from whatever state the process holds: a Registry's own or a replica.
/// </summary>
public sealed class DiscoveryReading(StateReads reads, ServiceWatch watch)
{
    /// <summary>The services that the filter lets through.</summary>
    /// <exception cref="RpcException">A field is wrong, or the state does not reach <c>min_sequence</c> in time.</exception>
    public async Task<V1.ServiceList> ListAsync(V1.ListServicesRequest request, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var filter = RpcInput.Of(request, faults);
        var state = await reads.ReadAsync(request.MinSequence, faults, cancellationToken).ConfigureAwait(false);
        return ServiceMessages.List(state, filter);
    }

    /// <summary>One service.</summary>
    /// <exception cref="RpcException">
    /// A field is wrong, there is no such service, or the state does not reach <c>min_sequence</c> in time.
    /// </exception>
    public async Task<V1.Service> GetAsync(V1.GetServiceRequest request, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var named = DiscoveryRpc.Key(request.Name, request.Namespace, faults);
        var state = await reads.ReadAsync(request.MinSequence, faults, cancellationToken).ConfigureAwait(false);
        var key = named.GetValueOrDefault();
        return state.Facts<DiscoveryState>().Find(key) is { Exists: true } service
            ? ServiceMessages.Of(service)
            : throw Refusal.Of(RefusalKind.NotFound, "name", "unknown-service", $"There is no service {key}.").ToRpcException();
    }

    /// <summary>The filtered list now, and again whole after every change that touches it, until the caller leaves.</summary>
    /// <exception cref="RpcException">A field is wrong, or too many watch already.</exception>
    public Task WatchAsync(V1.ListServicesRequest request, IServerStreamWriter<V1.ServiceList> target, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var filter = RpcInput.Of(request, faults);
        faults.ThrowIfAny();
        return watch.RunAsync(filter, request.MinSequence, target, cancellationToken);
    }
}
