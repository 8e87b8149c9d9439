using System.Runtime.InteropServices;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Routing;
using Mesh.Proxy.Telemetry;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Sends a request to an endpoint of its cluster, and to another one when nothing of it can have reached the first: so neither an instance
/// that is dying nor a change of configuration costs a request. Flow step 9.
/// </summary>
internal sealed class Forwarding(
    IHttpForwarder forwarder, ClusterTransports transports, ConfigState config, GatewayMetrics metrics,
    IOptions<GatewayOptions> options, TimeProvider time, ILogger<Forwarding> logger)
{
    private readonly int _maxAttempts = options.Value.MaxAttempts;
    private readonly TimeSpan _avoidFor = options.Value.AvoidFor;
    private readonly UpstreamVersions _versions = new(options.Value.IdleTimeout);

    /// <summary>Forwards to a cluster.</summary>
    public async Task Forward(HttpContext context, Exchange exchange, RoutingSnapshot snapshot, string clusterName)
    {
        var begun = metrics.Begun();
        using var deadline = exchange.Action!.Timeout is { } timeout ? new CancellationTokenSource(timeout, time) : null;
        var tried = default(List<EndpointState>);
        var brokenOff = default((EndpointSnapshot Endpoint, Failure Failure)?);
        while (true)
        {
            var cluster = snapshot.Clusters.Find(clusterName);
            var endpoint = cluster?.Picker.Pick(CollectionsMarshal.AsSpan(tried), time.GetTimestamp());
            if (endpoint is null || tried?.Count >= _maxAttempts || endpoint.Protocol == UpstreamProtocol.Tcp)
            {
                // One that was reached and broke off is not unreachable, whatever came of the others.
                if (brokenOff is { } last)
                    await RefuseAfter(context, exchange, last.Endpoint, last.Failure);
                else
                    await RefuseWithout(context, exchange.Listener.Name, clusterName, cluster, tried);
                break;
            }

            var failure = default(Failure?);
            exchange.Endpoint = endpoint;
            endpoint.State.Begin();
            try
            {
                var version = _versions.For(context.Request, endpoint.Protocol);
                var error = await forwarder.SendAsync(
                    context, endpoint.BaseUri, transports.Of(cluster!), version, exchange, deadline?.Token ?? CancellationToken.None);
                if (error == ForwarderError.None)
                    endpoint.State.Reached();
                else
                    failure = Failure.Of(context, error, deadline?.IsCancellationRequested == true);
            }
            finally
            {
                endpoint.State.End();
            }

            if (failure is null || !await GoesOn(context, exchange, endpoint, failure.Value))
                break;

            if (failure.Value.Kind == FailureKind.BrokenOff)
                brokenOff = (endpoint, failure.Value);
            (tried ??= []).Add(endpoint.State);
            // What made the attempt fail may already be known by now.
            snapshot = config.Snapshot;
        }

        metrics.Ended(context, exchange.Listener.Name, begun);
    }

    /// <summary>Draws the consequences of a failed attempt; true if the request is to be offered to another endpoint.</summary>
    private async ValueTask<bool> GoesOn(HttpContext context, Exchange exchange, EndpointSnapshot endpoint, Failure failure)
    {
        if (failure.Kind == FailureKind.ClientGone)
            return false;
        logger.Failed(exchange.Listener.Name, endpoint.State.Address, failure.Reason);
        if (failure.Kind == FailureKind.NotConnected)
            Avoid(endpoint.State, failure.Reason);
        if (!failure.MayTryAgain(context))
        {
            await RefuseAfter(context, exchange, endpoint, failure);
            return false;
        }

        metrics.TriedAgain(exchange.Listener.Name);
        Failure.Forget(context);
        return true;
    }

    private void Avoid(EndpointState endpoint, string reason)
    {
        var now = time.GetTimestamp();
        if (endpoint.AvoidUntil(now + (long)(_avoidFor.TotalSeconds * time.TimestampFrequency), now))
            logger.Unreachable(endpoint.Address, reason);
    }

    private static Task RefuseWithout(HttpContext context, string service, string clusterName, ClusterSnapshot? cluster, List<EndpointState>? tried)
    {
        if (tried is not null)
        {
            return Answers.Refuse(context, Refusal.Unreachable, service,
                $"No endpoint of service '{service}' can be reached; tried {string.Join(", ", tried.Select(e => e.Address))}.");
        }

        if (cluster?.Endpoints.Any(e => e.Protocol == UpstreamProtocol.Tcp) == true)
            return Answers.Refuse(context, Refusal.NotHttp, service, $"Service '{service}' speaks tcp; the gateway forwards HTTP only.");

        var why = cluster switch
        {
            null => $"its cluster '{clusterName}' has not been delivered by the control plane",
            { Config.Unresolved: true } => $"'{clusterName}' is not registered",
            { Endpoints.Count: 0 } => $"'{clusterName}' has no endpoint",
            _ => $"none of the {cluster.Endpoints.Count} endpoints of '{clusterName}' is healthy",
        };
        return Answers.Refuse(context, Refusal.NoEndpoint, service, $"Service '{service}' cannot answer: {why}.");
    }

    private Task RefuseAfter(HttpContext context, Exchange exchange, EndpointSnapshot endpoint, Failure failure)
    {
        var refusal = failure.Kind switch
        {
            FailureKind.TimedOut => Refusal.TimedOut,
            FailureKind.NotConnected => Refusal.Unreachable,
            _ => Refusal.Failed,
        };
        // What went wrong with the client's own request has been answered with its status already.
        if (failure.Kind == FailureKind.BadRequest && !context.Response.HasStarted)
            return Task.CompletedTask;
        return Answers.Refuse(context, refusal, exchange.Listener.Name,
            $"Endpoint {endpoint.State.Address} of service '{exchange.Listener.Name}': {failure.Reason}.");
    }
}
