using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Resilience;

namespace Mesh.DataPlane.Calls;

/// <summary>
/// Rejects requests before an endpoint gets them: a share of them, and what is more than a cluster's circuit breakers allow. Flow step 9.
/// </summary>
internal sealed class CallGate(ICallEvents events)
{
    /// <summary>
    /// Turns away the share of the requests that is to be dropped; drawn once, before a cluster is asked. Null where this one may go on.
    /// </summary>
    public CallRefusal? TryDrop(CallState call, ClusterSnapshot? cluster)
    {
        if (call.Trail is not null || cluster?.Config.Assignment is not { Drops.Count: > 0 } assignment
            || assignment.Draw(cluster.State.Random) is not { } category)
            return null;
        events.Dropped(call.Plan.Listener.Name, category);
        cluster.State.Tally.DropShare(category);
        return CallRefusal.Dropped(call, category);
    }

    /// <summary>Has a request enter a cluster, when there is room; null if it is in, else what follows from its being rejected.</summary>
    public async ValueTask<Step?> TryEnterAsync<TTransport>(
        CallState call, ClusterSnapshot cluster, CircuitBreakerConfig breakers, EndpointSnapshot endpoint, TTransport transport)
            where TTransport : ICallTransport
    {
        var (aborted, deadline) = (call.Request.Aborted, call.Deadline);
        using var either = deadline is null ? null : CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, aborted);
        try
        {
            var overflow = await cluster.State.Gate.EnterAsync(breakers, transport.NeedsOwnConnection(endpoint), either?.Token ?? aborted)
                .ConfigureAwait(false);
            if (overflow == Overflow.None)
                return null;
            cluster.State.Tally.Drop(pending: overflow != Overflow.Requests);
            events.Overflowed(call.Plan.Listener.Name, overflow == Overflow.Requests ? "requests" : "pending");
            var next = Verdict.OfOverflow(call.Facts(transport.HasBegunAnswer)).Next;
            return next == NextStep.Refuse ? Step.Refuse(CallRefusal.Overflowed(call, breakers, overflow)) : new Step(next);
        }
        catch (OperationCanceledException)
        {
            return aborted.IsCancellationRequested ? new Step(NextStep.Abandon) : Step.Refuse(CallRefusal.TooLate(call));
        }
    }
}
