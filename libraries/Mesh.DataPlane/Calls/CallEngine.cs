using System.Runtime.CompilerServices;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using Microsoft.Extensions.Logging;

namespace Mesh.DataPlane.Calls;

/// <summary>
/// Makes calls as they are planned, whoever brings requests and whatever sends them: an attempt, what follows from how it ended
/// (<see cref="Verdict"/>), and the next one, until there is an answer or none left to be asked. So neither an instance that is dying nor a
/// change of configuration costs a request. Flow step 9.
/// </summary>
public sealed class CallEngine
{
    private static readonly AttemptFailure Unforeseen = new(FailureKind.BrokenOff, "it ended with an unexpected exception");
    private readonly CallOptions _options;
    private readonly ICallEvents _events;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly EndpointAvoidance _avoidance;
    private readonly CallGate _gate;
    private readonly AttemptBook _attempts;
    private readonly FaultInjection _faults;
    private readonly Mirroring _mirroring;

    /// <summary>An engine; one is enough for a data plane.</summary>
    /// <param name="options">How calls are made where no policy says it.</param>
    /// <param name="events">Who counts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where failed attempts are logged.</param>
    public CallEngine(CallOptions options, ICallEvents events, TimeProvider time, ILogger logger)
    {
        (_options, _events, _time, _logger) = (options, events, time, logger);
        _avoidance = new EndpointAvoidance(options.AvoidFor, time, logger);
        _gate = new CallGate(events);
        _attempts = new AttemptBook(options.MaxAttempts, time);
        _faults = new FaultInjection(events, time);
        _mirroring = new Mirroring(options.MaxMirrors, events, time);
    }

    /// <summary>Makes a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="snapshot">What it was planned by.</param>
    /// <param name="transport">What sends it.</param>
    /// <typeparam name="TTransport">What sends it.</typeparam>
    /// <typeparam name="TSent">How its attempts end in its own words.</typeparam>
    public ValueTask<CallEnd> RunAsync<TTransport, TSent>(CallState call, RoutingSnapshot snapshot, TTransport transport)
        where TTransport : ICallTransport<TSent> =>
        call.Plan.HasPolicies
            ? RunWithPoliciesAsync<TTransport, TSent>(call, snapshot, transport)
            : RunAttemptsAsync<TTransport, TSent>(call, snapshot, transport);

    /// <summary>Faults come first, then copies are prepared, and the body is kept as it passes for those who may want it again.</summary>
    private async ValueTask<CallEnd> RunWithPoliciesAsync<TTransport, TSent>(CallState call, RoutingSnapshot snapshot, TTransport transport)
        where TTransport : ICallTransport<TSent>
    {
        if (call.Plan.Fault is { } fault && await _faults.InjectAsync(call, fault).ConfigureAwait(false) is { } injected)
            return injected;

        var (service, request) = (call.Plan.Listener.Name, call.Request);
        KeepBody(call);
        if (call.Plan.Retry is { } policy)
            call.Retries = new Retries(policy, service, _events);
        var copies = call.Plan.Action.Mirrors.Count > 0 && !request.IsUpgrade
            ? await _mirroring.BeginAsync(call, transport).ConfigureAwait(false)
            : null;
        try
        {
            return await RunAttemptsAsync<TTransport, TSent>(call, snapshot, transport).ConfigureAwait(false);
        }
        finally
        {
            call.Retries?.End();
            if (copies is not null)
                _mirroring.Send(copies, call.Body?.Whole, service);
        }
    }

    /// <summary>Has a request's body kept, up to a limit, where something may want it again.</summary>
    private void KeepBody(CallState call)
    {
        var (plan, request) = (call.Plan, call.Request);
        if (!request.CanHaveBody || request.IsUpgrade || request.ContentLength > _options.ReplayLimit)
            return;
        if (plan.Action.Retry is not null || plan.Action.Mirrors.Count > 0 || plan.Listener.Fallback is not null)
            request.Body = call.Body = new ReplayableBody(request.Body, _options.ReplayLimit);
    }

    /// <summary>
    /// Attempt after attempt at the planned cluster, and at its fallback, until one is answered or there is none left. Every request passes
    /// here: its state comes from a pool.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CallEnd> RunAttemptsAsync<TTransport, TSent>(CallState call, RoutingSnapshot snapshot, TTransport transport)
        where TTransport : ICallTransport<TSent>
    {
        using var deadline = call.Deadline = call.Plan.Action.Timeout is { } timeout ? new CallDeadline(timeout, _time) : null;
        var lookedUp = default(WeightedTarget);
        while (true)
        {
            var target = call.Plan.Target;
            var cluster = snapshot.Clusters.Find(target.Cluster);
            if (cluster is null or { Endpoints.Count: 0 } && lookedUp != target)
            {
                // Its first instance may have been registered this moment.
                lookedUp = target;
                snapshot = await call.Routing.AskForEndpointsAsync(target.Cluster).ConfigureAwait(false);
                cluster = snapshot.Clusters.Find(target.Cluster);
            }

            if (_gate.TryDrop(call, cluster) is { } dropped)
                return CallEnd.Refused(dropped);

            // Set by each branch on its own, so that neither is kept over an await: every request would carry them.
            Step step;
            AttemptFailure? failure;
            var endpoint = _attempts.Pick(call, cluster);
            if (endpoint is null or { Protocol: UpstreamProtocol.Tcp })
            {
                failure = null;
                step = DecideWithoutEndpoint(call, cluster, isTcp: endpoint is not null, transport.HasBegunAnswer);
            }
            else if (cluster!.Config.Breakers is { LimitsRequests: true } breakers
                && await _gate.TryEnterAsync(call, cluster, breakers, endpoint, transport).ConfigureAwait(false) is { } turnedAway)
            {
                failure = null;
                step = turnedAway;
            }
            else
            {
                TSent sent;
                try
                {
                    sent = await transport.SendAsync(call, _attempts.Begin(call, cluster, endpoint)).ConfigureAwait(false);
                }
                catch
                {
                    _attempts.End(call, Unforeseen);
                    throw;
                }

                (var next, failure) = transport.Read(call, sent);
                _attempts.End(call, failure);
                step = failure is { } failed ? Decide(call, failed, transport.HasBegunAnswer) : new(next);
            }

            if (step.Next is NextStep.Deliver or NextStep.Abandon or NextStep.Refuse)
                return step.ToEnd();
            transport.DiscardAnswer();
            switch (step.Next)
            {
                case NextStep.TryAnother:
                    _events.TriedAgain(call.Plan.Listener.Name);
                    call.GoOn(failure, isRetry: false);
                    break;
                case NextStep.Retry:
                    _events.TriedAgain(call.Plan.Listener.Name);
                    call.GoOn(failure, isRetry: true);
                    if (!await TryWaitAsync(call).ConfigureAwait(false))
                        return EndOf(call).ToEnd();
                    break;
                case NextStep.StartOver:
                    _events.TriedAgain(call.Plan.Listener.Name);
                    call.StartOver();
                    if (!await TryWaitAsync(call).ConfigureAwait(false))
                        return EndOf(call).ToEnd();
                    break;
                case NextStep.FallBack:
                    _events.FellBack(call.Plan.Listener.Name);
                    call.FallBack();
                    break;
            }

            // What made the attempt fail may already be known by now.
            snapshot = call.Routing.Snapshot;
        }
    }

    /// <summary>What follows from a failed attempt, with the endpoint and the cluster's budget having heard of it.</summary>
    private Step Decide(CallState call, AttemptFailure failure, bool hasBegunAnswer)
    {
        var endpoint = call.Endpoint!;
        if (failure.Kind is not (FailureKind.ClientGone or FailureKind.Malformed or FailureKind.NotOffered))
            _logger.Failed(call.Plan.Listener.Name, endpoint.State.Address, failure.Reason, failure.Log ?? "");
        if (failure.Kind == FailureKind.NotConnected)
            _avoidance.Avoid(endpoint.State, failure.Reason);

        var next = Spend(call, Verdict.OfFailure(call.Facts(hasBegunAnswer), failure));
        // An endpoint that is renewing its connections is not to blame; one that goes on turning a request away is.
        if (failure.Kind == FailureKind.NotProcessed && next is NextStep.FallBack or NextStep.Refuse)
            AttemptBook.ReportOutlier(call.Cluster!, endpoint, AttemptOutcome.GatewayFailure);
        return next == NextStep.Refuse ? Step.Refuse(CallRefusal.After(call, endpoint, failure)) : new(next);
    }

    /// <summary>What follows from there being no endpoint, or none that speaks HTTP.</summary>
    private Step DecideWithoutEndpoint(CallState call, ClusterSnapshot? cluster, bool isTcp, bool hasBegunAnswer)
    {
        if (IsOver(call))
            return EndOf(call);
        var last = cluster is null ? null : call.Trail?.Last?.Failure;
        var next = Spend(call, Verdict.WithoutEndpoint(call.Facts(hasBegunAnswer), last, isTcp));
        if (next != NextStep.Refuse)
            return new(next);
        return Step.Refuse(call.Trail?.Last is { Failure.Kind: not FailureKind.NotConnected } failed
            ? CallRefusal.After(call, failed.Endpoint, failed.Failure)
            : CallRefusal.Without(call, cluster));
    }

    /// <summary>Takes out of the cluster's budget what the next step costs; without it there is another one.</summary>
    private static NextStep Spend(CallState call, Verdict verdict) =>
        verdict.Next is NextStep.Retry or NextStep.StartOver && !call.Retries!.TryTake(call.Cluster!)
            ? verdict.WithoutBudget
            : verdict.Next;

    /// <summary>Waits before a repetition; false if the client's end, or that of the time, came first.</summary>
    private async ValueTask<bool> TryWaitAsync(CallState call)
    {
        var wait = call.Retries!.DrawBackoff();
        using var either = call.Deadline is null
            ? null
            : CancellationTokenSource.CreateLinkedTokenSource(call.Deadline.Token, call.Request.Aborted);
        try
        {
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, _time, either?.Token ?? call.Request.Aborted).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static bool IsOver(CallState call) =>
        call.Request.Aborted.IsCancellationRequested || call.Deadline?.IsCancellationRequested == true;

    /// <summary>The end of a call whose client is gone, or whose time is over.</summary>
    private static Step EndOf(CallState call) =>
        call.Request.Aborted.IsCancellationRequested ? new(NextStep.Abandon) : Step.Refuse(CallRefusal.TooLate(call));
}
