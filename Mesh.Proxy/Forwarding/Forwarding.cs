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
    IHttpForwarder forwarder, ClusterTransports transports, ConfigState config, GatewayMetrics metrics,
    IOptions<GatewayOptions> options, TimeProvider time, ILogger<Forwarding> logger)
{
    private readonly int _maxAttempts = options.Value.MaxAttempts;
    private readonly TimeSpan _avoidFor = options.Value.AvoidFor;
    private readonly UpstreamVersions _versions = new(options.Value.IdleTimeout);

    /// <summary>Forwards to the cluster whose turn it is.</summary>
    public async Task Forward(HttpContext context, Exchange exchange, RoutingSnapshot snapshot, long begun)
    {
        using var deadline = exchange.Action!.Timeout is { } timeout ? new CancellationTokenSource(timeout, time) : null;
        exchange.Deadline = deadline;
        var tried = default(List<EndpointState>);
        var offers = 0;
        var last = default((EndpointSnapshot Endpoint, Failure Failure)?);
        while (true)
        {
            var asked = exchange.Target!;
            var cluster = snapshot.Clusters.Find(asked.Cluster);
            if (tried is null && cluster?.Config.Assignment is { Drops.Count: > 0 } assignment && assignment.Draw(cluster.State.Random) is { } category)
            {
                metrics.Dropped(exchange.Listener.Name, category);
                cluster.State.Tally.DropShare(category);
                await Answers.Refuse(context, Refusal.Dropped, exchange.Listener.Name,
                    $"Service '{exchange.Listener.Name}': a share of the requests is turned away ('{category}').");
                break;
            }

            var endpoint = offers >= _maxAttempts ? null : Pick(cluster, tried, exchange);
            if (endpoint is null || endpoint.Protocol == UpstreamProtocol.Tcp)
            {
                if (cluster is not null && last is { } missed && await StartsOver(context, exchange, cluster, missed.Failure, deadline))
                {
                    tried!.Clear();
                    offers = 0;
                    continue;
                }

                // One that was reached and broke off is not unreachable, whatever came of the others.
                if (context.RequestAborted.IsCancellationRequested)
                    break;
                if (deadline?.IsCancellationRequested == true)
                    await Undelivered.TooLate(context, exchange);
                else if (endpoint is null && exchange.FallsBack())
                {
                    (tried, offers, last, snapshot) = FellBack(context, exchange);
                    continue;
                }
                else if (last is { Failure.Kind: not FailureKind.NotConnected } failed)
                    await Undelivered.After(context, exchange, failed.Endpoint, failed.Failure);
                else
                    await Undelivered.Without(context, exchange, cluster, tried);
                break;
            }

            var breakers = cluster!.Config.Breakers is { LimitsRequests: true } limits ? limits : null;
            if (breakers is not null && !await Enters(context, exchange, cluster, endpoint, breakers, deadline))
            {
                if (exchange.Target == asked)
                    break;
                (tried, offers, last, snapshot) = FellBack(context, exchange);
                continue;
            }

            var failure = default(Failure?);
            exchange.Begin(cluster, endpoint);
            exchange.Retries?.Begin(cluster);
            endpoint.State.Begin();
            endpoint.Tally.Begin();
            var sent = time.GetTimestamp();
            try
            {
                failure = await Send(context, exchange, cluster, endpoint, deadline);
            }
            finally
            {
                endpoint.State.End();
                endpoint.Tally.End(exchange.LoadOutcome(failure), exchange.IsUpgraded ? -1 : time.GetTimestamp() - sent);
                if (breakers is not null)
                    cluster.State.Gate.Leave(breakers);
            }

            Report(cluster, exchange, endpoint, failure);
            exchange.WasSeen |= failure?.Kind != FailureKind.NotConnected;
            var goesOn = failure is { } one ? await GoesOn(context, exchange, endpoint, one) : exchange.Again;
            if (exchange.Target != asked)
            {
                (tried, offers, last, snapshot) = FellBack(context, exchange);
                continue;
            }

            if (!goesOn)
                break;

            if (exchange.Again)
            {
                metrics.TriedAgain(exchange.Listener.Name);
                Failure.Forget(context);
                if (!await Waits(context, exchange, deadline))
                    break;
            }
            else
            {
                offers++;
            }

            if (failure is { } ended && (ended.Kind != FailureKind.NotConnected || last is null))
                last = (endpoint, ended);
            (tried ??= []).Add(endpoint.State);
            // What made the attempt fail may already be known by now.
            snapshot = config.Snapshot;
        }

        metrics.Ended(context, exchange.Listener.Name, begun);
    }

    private EndpointSnapshot? Pick(ClusterSnapshot? cluster, List<EndpointState>? tried, Exchange exchange)
    {
        if (cluster is null)
            return null;
        var now = time.GetTimestamp();
        var picker = cluster.PickerAt(now);
        var hash = exchange.HashFor(cluster);
        var endpoint = picker.Pick(CollectionsMarshal.AsSpan(tried), now, hash);
        // A policy that has asked for another attempt gets it where there is only this one.
        return endpoint is null && exchange.Again ? picker.Pick([], now, hash) : endpoint;
    }

    // Every request passes here: its state comes from a pool.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Failure?> Send(
        HttpContext context, Exchange exchange, ClusterSnapshot cluster, EndpointSnapshot endpoint, CancellationTokenSource? deadline)
    {
        var version = _versions.For(context.Request, endpoint.Protocol, exchange.Action!.IdleTimeout);
        using var perTry = exchange.Retries?.PerTryTimeout is { } limit ? new CancellationTokenSource(limit, time) : null;
        using var either = perTry is null || deadline is null ? null : CancellationTokenSource.CreateLinkedTokenSource(perTry.Token, deadline.Token);
        exchange.PerTry = perTry;
        var error = await forwarder.SendAsync(
            context, endpoint.BaseUri, transports.Of(cluster), version, exchange, (either ?? perTry ?? deadline)?.Token ?? CancellationToken.None);
        exchange.PerTry = null;
        if (error != ForwarderError.None)
            return Failure.Of(context, error, deadline?.IsCancellationRequested == true, perTry?.IsCancellationRequested == true);
        endpoint.State.Reached();
        return null;
    }

    private static void Report(ClusterSnapshot cluster, Exchange exchange, EndpointSnapshot endpoint, Failure? failure)
    {
        if (cluster.Config.Outliers is not { } outliers || failure?.Kind is FailureKind.ClientGone or FailureKind.BadRequest)
            return;
        cluster.State.Outliers.Report(outliers, cluster.Endpoints, endpoint.State, failure is null ? exchange.Outcome() : AttemptOutcome.GatewayFailure);
    }

    /// <summary>Draws the consequences of a failed attempt; true if the request is to be offered to another endpoint.</summary>
    private async ValueTask<bool> GoesOn(HttpContext context, Exchange exchange, EndpointSnapshot endpoint, Failure failure)
    {
        if (failure.Kind == FailureKind.ClientGone)
            return false;
        logger.Failed(exchange.Listener.Name, endpoint.State.Address, failure.Reason);
        if (failure.Kind == FailureKind.NotConnected)
            Avoid(endpoint.State, failure.Reason);

        // Where nothing of the request was sent, going elsewhere costs no endpoint anything and needs no policy; else a policy that speaks of it decides.
        var isFor = failure.Kind != FailureKind.NotConnected && exchange.Retries?.IsFor(failure, Answers.IsGrpc(context.Request)) == true;
        exchange.Again = isFor && !context.Response.HasStarted && exchange.Retries!.Takes(exchange.Cluster!, failure, Answers.IsGrpc(context.Request));
        if (!exchange.Again && (isFor || !failure.MayTryAgain(context)))
        {
            if (exchange.FallsBackFrom(failure))
                return false;
            await Undelivered.After(context, exchange, endpoint, failure);
            return false;
        }

        if (!exchange.Again)
            metrics.TriedAgain(exchange.Listener.Name);
        Failure.Forget(context);
        return true;
    }

    /// <summary>Whether a policy has all endpoints tried once more, none of which could be reached.</summary>
    private async ValueTask<bool> StartsOver(HttpContext context, Exchange exchange, ClusterSnapshot cluster, Failure failure, CancellationTokenSource? deadline)
    {
        if (failure.Kind != FailureKind.NotConnected || exchange.Retries?.Takes(cluster, failure, Answers.IsGrpc(context.Request)) != true)
            return false;
        metrics.TriedAgain(exchange.Listener.Name);
        return await Waits(context, exchange, deadline, answers: false);
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
    private async ValueTask<bool> Enters(
        HttpContext context, Exchange exchange, ClusterSnapshot cluster, EndpointSnapshot endpoint, CircuitBreakerConfig breakers, CancellationTokenSource? deadline)
    {
        using var either = deadline is null ? null : CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
        try
        {
            var ownConnection = !UpstreamVersions.SpeaksHttp2(context.Request, endpoint.Protocol);
            var overflow = await cluster.State.Gate.Enter(breakers, ownConnection, either?.Token ?? context.RequestAborted);
            if (overflow == Overflow.None)
                return true;
            var service = exchange.Listener.Name;
            cluster.State.Tally.Drop(pending: overflow != Overflow.Requests);
            if (exchange.FallsBack())
            {
                metrics.Overflowed(service, LimitOf(overflow));
                return false;
            }

            metrics.Overflowed(service, LimitOf(overflow));
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

    private static string LimitOf(Overflow overflow) => overflow == Overflow.Requests ? "requests" : "pending";

    /// <summary>The fallback has become the target: everything begins anew, but for the time.</summary>
    private (List<EndpointState>? Tried, int Offers, (EndpointSnapshot Endpoint, Failure Failure)? Last, RoutingSnapshot Snapshot) FellBack(HttpContext context, Exchange exchange)
    {
        metrics.FellBack(exchange.Listener.Name);
        Failure.Forget(context);
        return (null, 0, null, config.Snapshot);
    }

    private void Avoid(EndpointState endpoint, string reason)
    {
        var now = time.GetTimestamp();
        if (endpoint.AvoidUntil(now + (long)(_avoidFor.TotalSeconds * time.TimestampFrequency), now))
            logger.Unreachable(endpoint.Address, reason);
    }
}
