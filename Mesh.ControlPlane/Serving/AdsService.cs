using Google.Protobuf;
using Grpc.Core;
using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Applied;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Settings;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Log;
using Mesh.Xds.Protos;
using Microsoft.Extensions.Options;

namespace Mesh.ControlPlane.Serving;

/// <summary>
/// <c>envoy.service.discovery.v3.AggregatedDiscoveryService</c>, state of the world and delta. A stream waits here until the control plane
/// is ready and has compiled what its flavour gets, though not for ever; a client that has seen a newer log position than this control
/// plane is sent on. Flow step 7.
/// </summary>
internal sealed class AdsService(
    SnapshotHub hub, FlavoursInUse flavours, EnvoyListeners listeners, NodeContributors contributors, AppliedTable table, TimeProvider time,
    AdsDrain drain, LargeResponses large, ResponseSizes sizes, AbsenceCheck absence,
    IOptions<ControlPlaneOptions> options, ILogger<AdsService> logger) : AggregatedDiscoveryService.AggregatedDiscoveryServiceBase
{
    public override Task StreamAggregatedResources(
        IAsyncStreamReader<DiscoveryRequest> requestStream, IServerStreamWriter<DiscoveryResponse> responseStream,
        ServerCallContext context) =>
        ServeAsync(requestStream, responseStream, context, r => r.Node, delta: false, o => new SotwMachine(time, o, options.Value.Name));

    public override Task DeltaAggregatedResources(
        IAsyncStreamReader<DeltaDiscoveryRequest> requestStream, IServerStreamWriter<DeltaDiscoveryResponse> responseStream,
        ServerCallContext context) =>
        ServeAsync(requestStream, responseStream, context, r => r.Node, delta: true, o => new DeltaMachine(time, o, options.Value.Name));

    private async Task ServeAsync<TRequest, TResponse>(
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
                throw new RpcException(
                    new Status(StatusCode.InvalidArgument, "The first request of a stream must carry a node with an id."));
            var identity = NodeIdentity.Of(node);
            await ReadyAsync(identity, ending.Token);
            using var client = table.Connect(identity, context.Peer);
            logger.StreamOpened(identity.Id, identity.Flavour, delta ? "delta" : "state of the world", context.Peer);
            try
            {
                var session = new AdsSession<TRequest, TResponse>(machine(client), hub, time, requests, responses, large, absence,
                    (response, bytes) => sizes.Look(identity, response, bytes));
                client.Holdings = session.Holdings;
                client.Settled = () => session.Settled;
                await session.RunAsync(new StreamScope(identity, listeners, delta, contributors), ending.Token);
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

    private async Task ReadyAsync(NodeIdentity identity, CancellationToken cancellationToken)
    {
        if (await flavours.UseAsync(identity.Flavour, cancellationToken) is null)
            throw new RpcException(
                new Status(StatusCode.Unavailable, "This control plane has no state yet; connect to another, or again."));
        if (await UntilAsync(s => !IsBehind(s, identity), options.Value.CatchUp, cancellationToken)) return;
        logger.SentOn(identity.Id, identity.SeenSequence, hub.Current.Sequence);
        throw new RpcException(new Status(StatusCode.FailedPrecondition,
            $"This control plane is at sequence {hub.Current.Sequence} and the client has seen {identity.SeenSequence}; connect to "
                + "another."));
    }

    /// <summary>Waits for a snapshot that fits; false when none has come in time.</summary>
    private async Task<bool> UntilAsync(Func<XdsSnapshot, bool> fits, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            await hub.FirstAsync(fits, either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>
    /// A position of another log says nothing about this one, and a client that names no log can only be taken at its number.
    /// </summary>
    private static bool IsBehind(XdsSnapshot current, NodeIdentity identity)
    {
        if (identity.SeenLog.Length == 0) return identity.SeenSequence > current.Sequence;
        return LogIdentity.TryParse(identity.SeenLog, out var seen) && current.Position is { } own && seen.LogId == own.Log.LogId
            && (seen.Epoch, identity.SeenSequence).CompareTo((own.Log.Epoch, own.Sequence)) > 0;
    }
}
