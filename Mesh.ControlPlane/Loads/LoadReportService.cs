using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Settings;
using Mesh.ControlPlane.Snapshots;
using Mesh.Xds.Protos;
using Microsoft.Extensions.Options;

namespace Mesh.ControlPlane.Loads;

/// <summary>
/// <c>envoy.service.load_stats.v3.LoadReportingService</c>: a data plane says who it is, is told how often and of which clusters to report,
/// and does so from then on. Reports of all streams come together in <see cref="LoadBuffer"/>; none waits for another, or for Redis. Flow
/// step 9.
/// </summary>
internal sealed class LoadReportService(
    SnapshotHub hub, FlavoursInUse flavours, EnvoyListeners listeners, NodeContributors contributors, LoadBuffer buffer, AdsDrain drain,
    TimeProvider time, IOptions<ControlPlaneOptions> options, ILogger<LoadReportService> logger)
    : LoadReportingService.LoadReportingServiceBase
{
    public override async Task StreamLoadStats(
        IAsyncStreamReader<LoadStatsRequest> requestStream, IServerStreamWriter<LoadStatsResponse> responseStream,
        ServerCallContext context)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, drain.Stopping);
        drain.Enter(context.GetHttpContext());
        try
        {
            if (!await requestStream.MoveNext(ending.Token)) return;
            if (requestStream.Current.Node is not { Id.Length: > 0 } node)
                throw new RpcException(
                    new Status(StatusCode.InvalidArgument, "The first request of a stream must carry a node with an id."));
            var identity = NodeIdentity.Of(node);
            // Without what it gets every cluster would be one that nobody knows; its ADS stream may be with another control plane.
            if (await flavours.UseAsync(identity.Flavour, ending.Token) is null)
                throw new RpcException(
                    new Status(StatusCode.Unavailable, "This control plane has no state yet; connect to another, or again."));
            var scope = new StreamScope(identity, listeners, delta: false, contributors);
            var session = new LoadSession(identity, node.ClientFeatures, scope, options.Value.LoadReportInterval, time);
            using var counted = session.Count();
            logger.LoadStreamOpened(identity.Id, identity.Flavour);
            await ServeAsync(session, requestStream, responseStream, ending.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            if (drain.Stopping.IsCancellationRequested)
                throw new RpcException(new Status(StatusCode.Unavailable, "This control plane is stopping; connect to another."));
            // The client went away: there is nobody to tell.
        }
    }

    private async Task ServeAsync(
        LoadSession session, IAsyncStreamReader<LoadStatsRequest> requests, IServerStreamWriter<LoadStatsResponse> responses,
        CancellationToken cancellationToken)
    {
        do
        {
            var current = hub.Current;
            if (!session.IsInTime())
            {
                throw new RpcException(new Status(StatusCode.ResourceExhausted,
                    $"A report each {Duration.FromTimeSpan(options.Value.LoadReportInterval)} was asked for, and many more come."));
            }

            buffer.Add(session.Take(requests.Current, current));
            if (session.Complaint() is { } complaint) logger.LoadRefused(session.Node, complaint.Count, complaint.Fault);
            if (session.Next(current) is { } response) await responses.WriteAsync(response, cancellationToken);
        }
        while (await requests.MoveNext(cancellationToken));
    }
}
