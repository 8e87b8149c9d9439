using Google.Protobuf;
using Grpc.Core;
using Mesh.ControlPlane.Applied;
using Mesh.ControlPlane.Hosting;
using Mesh.ControlPlane.Snapshots;
using Mesh.Xds.Protos;
using Microsoft.Extensions.Options;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// <c>envoy.service.discovery.v3.AggregatedDiscoveryService</c>, state of the world and delta. A stream waits here until the control plane is
/// ready; a client that has seen a newer log position than this control plane is sent on. Flow step 7.
/// </summary>
internal sealed class AdsService(
    SnapshotHub hub, EnvoyListeners listeners, AppliedTable table, TimeProvider time, AdsDrain drain,
    IOptions<ControlPlaneOptions> options, ILogger<AdsService> logger) : AggregatedDiscoveryService.AggregatedDiscoveryServiceBase
{
    public override Task StreamAggregatedResources(
        IAsyncStreamReader<DiscoveryRequest> requestStream, IServerStreamWriter<DiscoveryResponse> responseStream, ServerCallContext context) =>
        Serve(requestStream, responseStream, context, r => r.Node, delta: false, o => new SotwMachine(time, o, options.Value.Name));

    public override Task DeltaAggregatedResources(
        IAsyncStreamReader<DeltaDiscoveryRequest> requestStream, IServerStreamWriter<DeltaDiscoveryResponse> responseStream, ServerCallContext context) =>
        Serve(requestStream, responseStream, context, r => r.Node, delta: true, o => new DeltaMachine(time, o, options.Value.Name));

    private async Task Serve<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requests, IServerStreamWriter<TResponse> responses, ServerCallContext context,
        Func<TRequest, Node?> nodeOf, bool delta, Func<IPushObserver, IAdsMachine<TRequest, TResponse>> machine)
        where TRequest : class, IMessage<TRequest> where TResponse : class, IMessage<TResponse>
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, drain.Stopping);
        drain.Enter(context.GetHttpContext());
        try
        {
            if (!await requests.MoveNext(ending.Token)) return;
            if (nodeOf(requests.Current) is not { Id.Length: > 0 } node)
                throw new RpcException(new Status(StatusCode.InvalidArgument, "The first request of a stream must carry a node with an id."));
            var identity = NodeIdentity.Of(node);
            await Ready(identity, ending.Token);
            using var client = table.Connect(identity, context.Peer);
            logger.StreamOpened(identity.Id, identity.Flavour, delta ? "delta" : "state of the world", context.Peer);
            try
            {
                var session = new AdsSession<TRequest, TResponse>(machine(client), hub, time, requests, responses);
                client.Holdings = session.Holdings;
                await session.RunAsync(requests.Current, new StreamScope(identity, listeners, delta), ending.Token);
            }
            finally
            {
                logger.StreamEnded(identity.Id);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            if (drain.Stopping.IsCancellationRequested)
                throw new RpcException(new Status(StatusCode.Unavailable, "This control plane is stopping; connect to another."));
            // The client went away: there is nobody to tell.
        }
    }

    private async Task Ready(NodeIdentity identity, CancellationToken cancellationToken)
    {
        while (hub.Current.Position is null) await hub.NewerThan(hub.Current.Generation).WaitAsync(cancellationToken);
        using var patience = new CancellationTokenSource(options.Value.CatchUp, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        while (hub.Current is { } current && IsBehind(current, identity))
        {
            try
            {
                await hub.NewerThan(current.Generation).WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                logger.SentOn(identity.Id, identity.SeenSequence, hub.Current.Sequence);
                throw new RpcException(new Status(StatusCode.Unavailable,
                    $"This control plane stands at sequence {hub.Current.Sequence} and the client has seen {identity.SeenSequence}; connect to another."));
            }
        }
    }

    /// <summary>A position of another log (or another epoch of it) says nothing about this one.</summary>
    private static bool IsBehind(XdsSnapshot current, NodeIdentity identity) =>
        identity.SeenSequence > current.Sequence
        && (identity.SeenLog.Length == 0 || identity.SeenLog == current.Position?.Log.ToString());
}
