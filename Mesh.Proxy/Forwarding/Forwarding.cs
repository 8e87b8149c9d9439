using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Resilience;
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
    IHttpForwarder forwarder, ClusterTransports transports, ConfigState config, ServiceLookup lookup, GatewayMetrics metrics,
    IOptions<GatewayOptions> options, TimeProvider time, ILogger<Forwarding> logger)
{
    private readonly int _maxAttempts = options.Value.MaxAttempts;
    private readonly TimeSpan _avoidFor = options.Value.AvoidFor;
    private readonly UpstreamVersions _versions = new(options.Value.IdleTimeout);

    /// <summary>Forwards to the cluster whose turn it is, and to its fallback: attempt after attempt, until one is answered or there is none left.</summary>
    public async Task Forward(HttpContext context, Exchange exchange, RoutingSnapshot snapshot, long begun)
    {
        using var deadline = exchange.Action!.Timeout is { } timeout ? new CancellationTokenSource(timeout, time) : null;
        if (deadline is not null)
            exchange.Runs(deadline, time);
        var lookedUp = default(WeightedTarget);
        while (true)
        {
            var asked = exchange.Target!;
            var cluster = snapshot.Clusters.Find(asked.Cluster);
            if (cluster is null or { Endpoints.Count: 0 } && lookedUp != asked)
            {
                // Its first instance may have been registered this moment.
                lookedUp = asked;
                snapshot = await lookup.AskForEndpoints(asked.Cluster);
                cluster = snapshot.Clusters.Find(asked.Cluster);
            }

            if (await IsDropped(context, exchange, cluster))
                break;

            var endpoint = Pick(cluster, exchange);
            var goesOn = endpoint is null or { Protocol: UpstreamProtocol.Tcp }
                ? await StartsOver(context, exchange, cluster, endpoint, deadline)
                : await Enters(context, exchange, cluster!, endpoint, deadline)
                    && await GoesOn(context, exchange, endpoint, await Attempt(context, exchange, cluster!, endpoint, deadline), deadline);
            if (exchange.Target != asked)
                FellBack(context, exchange);
            else if (!goesOn)
                break;

            // What made the attempt fail may already be known by now.
            snapshot = config.Snapshot;
        }

        metrics.Ended(context, exchange.Listener.Name, begun);
    }

    /// <summary>Turns away the share of the requests that is to be dropped; drawn once, before the cluster is asked.</summary>
    private async ValueTask<bool> IsDropped(HttpContext context, Exchange exchange, ClusterSnapshot? cluster)
    {
        if (exchange.Tried is not null || cluster?.Config.Assignment is not { Drops.Count: > 0 } assignment || assignment.Draw(cluster.State.Random) is not { } category)
            return false;
        metrics.Dropped(exchange.Listener.Name, category);
        cluster.State.Tally.DropShare(category);
        await Answers.Refuse(context, Refusal.Dropped, exchange.Listener.Name,
            $"Service '{exchange.Listener.Name}': a share of the requests is turned away ('{category}').");
        return true;
    }

    private EndpointSnapshot? Pick(ClusterSnapshot? cluster, Exchange exchange)
    {
        if (cluster is null || exchange.Offers >= _maxAttempts)
            return null;
        var now = time.GetTimestamp();
        var picker = cluster.PickerAt(now);
        var hash = exchange.HashFor(cluster);
        var endpoint = picker.Pick(CollectionsMarshal.AsSpan(exchange.Tried), now, hash);
        // Another attempt that a policy has asked for, or of which the last one says nothing, is made where there is only this endpoint.
        return endpoint is null && exchange.MayReturn ? picker.Pick([], now, hash) : endpoint;
    }

    /// <summary>One attempt at one endpoint, counted wherever attempts are; null if it was answered. Every request passes here: its state comes from a pool.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Failure?> Attempt(
        HttpContext context, Exchange exchange, ClusterSnapshot cluster, EndpointSnapshot endpoint, CancellationTokenSource? deadline)
    {
        var failure = default(Failure?);
        exchange.Begin(cluster, endpoint);
        exchange.Retries?.Begin(cluster);
        endpoint.State.Begin();
        endpoint.Tally.Begin();
        var sent = time.GetTimestamp();
        try
        {
            var version = _versions.For(context.Request, endpoint.Protocol, exchange.Action!.IdleTimeout);
            using var perTry = exchange.Retries?.PerTryTimeout is { } limit ? new CancellationTokenSource(limit, time) : null;
            using var either = perTry is null || deadline is null ? null : CancellationTokenSource.CreateLinkedTokenSource(perTry.Token, deadline.Token);
            exchange.PerTry = perTry;
            var error = await forwarder.SendAsync(
                context, endpoint.BaseUri, transports.Of(cluster), version, exchange, (either ?? perTry ?? deadline)?.Token ?? CancellationToken.None);
            exchange.PerTry = null;
            if (exchange.TrailerFault is { } fault)
                failure = new Failure(FailureKind.HalfAnswered, fault);
            else if (error == ForwarderError.None)
                endpoint.State.Reached();
            else
                failure = Failure.Of(context, error, exchange.Outgoing, deadline?.IsCancellationRequested == true, perTry?.IsCancellationRequested == true);
        }
        finally
        {
            endpoint.State.End();
            endpoint.Tally.End(exchange.LoadOutcome(failure), exchange.IsUpgraded ? -1 : time.GetTimestamp() - sent);
            if (LimitsOf(cluster) is { } breakers)
                cluster.State.Gate.Leave(breakers);
        }

        Report(cluster, exchange, endpoint, failure);
        exchange.WasSeen |= failure?.Kind is not (FailureKind.NotConnected or FailureKind.Malformed or FailureKind.NotOffered);
        return failure;
    }

    private static void Report(ClusterSnapshot cluster, Exchange exchange, EndpointSnapshot endpoint, Failure? failure)
    {
        if (failure is not { IsClients: true } and not { Kind: FailureKind.Untouched } && !(failure is null && exchange.IsLoop))
            Judge(cluster, endpoint, failure is null ? exchange.Outcome() : AttemptOutcome.GatewayFailure);
    }

    private static void Judge(ClusterSnapshot cluster, EndpointSnapshot endpoint, AttemptOutcome outcome)
    {
        if (cluster.Config.Outliers is { } outliers)
            cluster.State.Outliers.Report(outliers, cluster.Endpoints, endpoint.State, outcome);
    }

    /// <summary>Draws the consequences of an attempt; true if there is to be another one at this cluster.</summary>
    private async ValueTask<bool> GoesOn(HttpContext context, Exchange exchange, EndpointSnapshot endpoint, Failure? failure, CancellationTokenSource? deadline)
    {
        if (failure is { } one ? !await TakesFailure(context, exchange, endpoint, one) : !exchange.Again)
            return false;
        metrics.TriedAgain(exchange.Listener.Name);
        Failure.Forget(context);
        if (exchange.Again && !await Waits(context, exchange, deadline))
            return false;
        exchange.Missed(endpoint, failure);
        return true;
    }

    /// <summary>Whether a failed attempt may be followed by another one; if not, the fallback is asked or the client has its answer.</summary>
    private async ValueTask<bool> TakesFailure(HttpContext context, Exchange exchange, EndpointSnapshot endpoint, Failure failure)
    {
        if (failure.Kind == FailureKind.ClientGone)
            return false;
        if (failure.Kind is FailureKind.Malformed or FailureKind.NotOffered)
        {
            await Undelivered.After(context, exchange, endpoint, failure);
            return false;
        }

        logger.Failed(exchange.Listener.Name, endpoint.State.Address, failure.Reason, failure.Log ?? "");
        if (failure.Kind == FailureKind.NotConnected)
            Avoid(endpoint.State, failure.Reason);

        // Where nothing of the request was sent, going elsewhere costs no endpoint anything and needs no policy; else a policy that speaks of it decides.
        var isFor = failure.Kind != FailureKind.NotConnected && exchange.Retries?.IsFor(failure, Answers.IsGrpc(context.Request)) == true;
        exchange.Again = isFor && !context.Response.HasStarted && exchange.Retries!.Takes(exchange.Cluster!, failure, Answers.IsGrpc(context.Request));
        if (exchange.Again || (!isFor && failure.MayTryAgain(context, exchange.Body)))
            return true;
        // An endpoint that is renewing its connections is not to blame; one that goes on turning a request away is.
        if (failure.Kind == FailureKind.Untouched)
            Judge(exchange.Cluster!, endpoint, AttemptOutcome.GatewayFailure);
        if (!exchange.FallsBackFrom(failure))
            await Undelivered.After(context, exchange, endpoint, failure);
        return false;
    }

    /// <summary>
    /// No endpoint is left, or none that speaks HTTP. True if a policy has all tried once more, none of which could be reached; if not, the fallback is
    /// asked or the client has its answer.
    /// </summary>
    private async ValueTask<bool> StartsOver(HttpContext context, Exchange exchange, ClusterSnapshot? cluster, EndpointSnapshot? endpoint, CancellationTokenSource? deadline)
    {
        if (cluster is not null && exchange.Last is { Failure: { Kind: FailureKind.NotConnected } missed }
            && exchange.Retries?.Takes(cluster, missed, Answers.IsGrpc(context.Request)) == true)
        {
            metrics.TriedAgain(exchange.Listener.Name);
            if (await Waits(context, exchange, deadline, answers: false))
            {
                exchange.StartOver();
                return true;
            }
        }

        if (context.RequestAborted.IsCancellationRequested)
            return false;
        if (deadline?.IsCancellationRequested == true)
            await Undelivered.TooLate(context, exchange);
        else if (endpoint is not null || !exchange.FallsBack())
            await (exchange.Last is { Failure.Kind: not FailureKind.NotConnected } failed
                ? Undelivered.After(context, exchange, failed.Endpoint, failed.Failure)
                : Undelivered.Without(context, exchange, cluster));
        return false;
    }

    /// <summary>Waits before a repetition; false if there will be none, and then the client has its answer unless <paramref name="answers"/> is false.</summary>
    private async ValueTask<bool> Waits(HttpContext context, Exchange exchange, CancellationTokenSource? deadline, bool answers = true)
    {
        using var either = deadline is null ? null : CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
        try
        {
            await exchange.Retries!.Wait(time, either?.Token ?? context.RequestAborted);
            return true;
        }
        catch (OperationCanceledException)
        {
            if (answers && !context.RequestAborted.IsCancellationRequested)
                await Undelivered.TooLate(context, exchange);
            return false;
        }
    }

    /// <summary>Asks the cluster's circuit breakers; false if they have turned the request away, which has its answer then.</summary>
    private async ValueTask<bool> Enters(HttpContext context, Exchange exchange, ClusterSnapshot cluster, EndpointSnapshot endpoint, CancellationTokenSource? deadline)
    {
        if (LimitsOf(cluster) is not { } breakers)
            return true;
        using var either = deadline is null ? null : CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
        try
        {
            var ownConnection = !UpstreamVersions.SpeaksHttp2(context.Request, endpoint.Protocol);
            var overflow = await cluster.State.Gate.Enter(breakers, ownConnection, either?.Token ?? context.RequestAborted);
            if (overflow == Overflow.None)
                return true;
            var service = exchange.Listener.Name;
            cluster.State.Tally.Drop(pending: overflow != Overflow.Requests);
            metrics.Overflowed(service, overflow == Overflow.Requests ? "requests" : "pending");
            if (exchange.FallsBack())
                return false;
            await Answers.Refuse(context, Refusal.Overflow, service, overflow == Overflow.Requests
                ? $"Service '{exchange.Who}' has {breakers.MaxRequests} requests under way, as many as its circuit breaker allows."
                : $"Service '{exchange.Who}' has {breakers.MaxConnections} connections in use and {breakers.MaxPending} requests waiting for one, as its circuit breaker allows.");
        }
        catch (OperationCanceledException)
        {
            if (!context.RequestAborted.IsCancellationRequested)
                await Undelivered.TooLate(context, exchange);
        }

        return false;
    }

    private static CircuitBreakerConfig? LimitsOf(ClusterSnapshot cluster) => cluster.Config.Breakers is { LimitsRequests: true } limits ? limits : null;

    /// <summary>The fallback has become the target: everything begins anew, but for the time.</summary>
    private void FellBack(HttpContext context, Exchange exchange)
    {
        metrics.FellBack(exchange.Listener.Name);
        Failure.Forget(context);
    }

    private void Avoid(EndpointState endpoint, string reason)
    {
        var now = time.GetTimestamp();
        if (endpoint.AvoidUntil(now + (long)(_avoidFor.TotalSeconds * time.TimestampFrequency), now))
            logger.Unreachable(endpoint.Address, reason);
    }
}
