using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Calls;

/// <summary>One call while it runs: by what plan it goes, and what has come of it so far. Flow step 9.</summary>
/// <param name="request">The request.</param>
/// <param name="plan">What is to be done with it.</param>
/// <param name="routing">What it is routed by.</param>
public sealed class CallState(ICallRequest request, CallPlan plan, IRoutingSource routing)
{
    private static readonly HashSet<string> SafeMethods = new(StringComparer.OrdinalIgnoreCase) { "GET", "HEAD", "OPTIONS", "TRACE" };
    private CallPlan _plan = plan;
    private AnswerHead _head;
    private DrawnHash? _hash;

    /// <summary>The request.</summary>
    public ICallRequest Request => request;

    /// <summary>What it is routed by.</summary>
    public IRoutingSource Routing => routing;

    /// <summary>What is to be done with it now; another plan when the fallback is asked.</summary>
    public ref readonly CallPlan Plan => ref _plan;

    /// <summary>The cluster it was last sent to, or null.</summary>
    public ClusterSnapshot? Cluster { get; private set; }

    /// <summary>The endpoint it was last sent to, or null.</summary>
    public EndpointSnapshot? Endpoint { get; private set; }

    /// <summary>How often it has been sent.</summary>
    public int Attempts { get; private set; }

    /// <summary>What the last answer says of itself.</summary>
    public ref readonly AnswerHead Head => ref _head;

    /// <summary>A cookie that the answer has to set so that the client's next request meets the same endpoint, or null.</summary>
    public string? SetCookie => _hash?.SetCookie;

    /// <summary>Whether somebody wants to know the gRPC status of its answers.</summary>
    public bool ReadsGrpc =>
        Retries is not null || Cluster?.Config.Outliers is not null || _plan.Listener.Fallback is not null || request.IsGrpc;

    /// <summary>What has come of it at this cluster, which has not been enough; null where nothing has yet.</summary>
    internal CallTrail? Trail { get; private set; }

    /// <summary>When it was last sent, as a timestamp.</summary>
    internal long Sent { get; private set; }

    /// <summary>Whether an endpoint has seen anything of it.</summary>
    internal bool WasSeen { get; private set; }

    /// <summary>Its body where that is kept, or null.</summary>
    internal ReplayableBody? Body { get; set; }

    /// <summary>What has been sent again, or null where no policy says so.</summary>
    internal Retries? Retries { get; set; }

    /// <summary>The time of all of it, or null.</summary>
    internal CallDeadline? Deadline { get; set; }

    /// <summary>Looks at an answer's head: what is done with it.</summary>
    public NextStep Judge(AnswerHead head)
    {
        // The time of an attempt is over when it has an answer; how long that may go on is the route's timeout's business.
        Retries?.LetAttemptGoOn();
        _head = head;
        if (head.IsUpgraded)
            Deadline?.Extend(_plan.Action.LongestLife);
        if (Retries is null && _plan.Fallback is null)
            return NextStep.Deliver;
        var verdict = Verdict.OfAnswer(Facts(hasBegunAnswer: false), head);
        return verdict.Next == NextStep.Retry && !Retries!.TryTake(Cluster!) ? verdict.WithoutBudget : verdict.Next;
    }

    /// <summary>The answer's trailers tell a gRPC status that its headers did not.</summary>
    public void TakeTrailers(int? grpc) => _head = _head with { Grpc = _head.Grpc ?? grpc };

    /// <summary>Says of a failure whether it was rather that time was over, or the client gone, than anything of the endpoint's.</summary>
    /// <param name="failure">What the failure looks like.</param>
    /// <param name="hasBegunAnswer">Whether the client has the beginning of an answer.</param>
    public AttemptFailure Blame(AttemptFailure failure, bool hasBegunAnswer)
    {
        if (failure.Kind is FailureKind.Malformed or FailureKind.NotOffered)
            return failure;
        if (Deadline?.IsCancellationRequested == true)
            return TimeIsOver(failure, FailureKind.TimedOut, "no whole answer within the route's timeout");
        if (request.Aborted.IsCancellationRequested)
            return failure with { Kind = FailureKind.ClientGone };
        if (Retries is { IsAttemptOver: true } && !hasBegunAnswer)
            return TimeIsOver(failure, FailureKind.AttemptTimedOut, "no answer within the time of one attempt");
        return failure.Kind == FailureKind.TimedOut ? TimeIsOver(failure, failure.Kind, failure.Reason) : failure;
    }

    /// <summary>Its hash for a cluster that chooses by it; anything where the route does not say what it is made of.</summary>
    public ulong HashFor(ClusterSnapshot cluster)
    {
        if (!cluster.Config.Policy.Hashes())
            return 0;
        if (_hash is null)
        {
            var hash = HashPolicy.Of(_plan.Action.Hash, request.Facts, request.Source, Random.Shared, out var setCookie)
                ?? (ulong)Random.Shared.NextInt64();
            _hash = new DrawnHash(hash, setCookie);
        }

        return _hash.Value;
    }

    /// <summary>All that the next step depends on.</summary>
    internal CallFacts Facts(bool hasBegunAnswer) => new()
    {
        Policy = Retries is null ? null : _plan.Retry,
        Retries = Retries?.Count ?? 0,
        HasFallback = _plan.Fallback is not null,
        IsGrpc = request.IsGrpc,
        IsSafe = SafeMethods.Contains(request.Facts.Method),
        IsUpgrade = request.IsUpgrade,
        Body = !request.CanHaveBody ? BodyState.None : Body is { CanReplay: true } ? BodyState.Kept : BodyState.Once,
        WasSeen = WasSeen,
        HasBegunAnswer = hasBegunAnswer,
    };

    /// <summary>An attempt begins: the last answer is forgotten.</summary>
    internal void Begin(ClusterSnapshot cluster, EndpointSnapshot endpoint, long sent)
    {
        (Cluster, Endpoint, Sent, _head) = (cluster, endpoint, sent, default);
        Attempts++;
        Retries?.Begin(cluster);
    }

    /// <summary>An attempt has ended.</summary>
    internal void End(AttemptFailure? failure) => WasSeen |= failure is not { WasSeen: false };

    /// <summary>Goes on after an attempt that is followed by another one at the same cluster.</summary>
    /// <param name="failure">How it failed, or null where it was answered.</param>
    /// <param name="isRetry">Whether a policy has it sent again.</param>
    internal void GoOn(AttemptFailure? failure, bool isRetry)
    {
        Body?.Rewind();
        (Trail ??= new CallTrail()).Add(Endpoint!, failure, isRetry);
    }

    /// <summary>Has all endpoints tried once more.</summary>
    internal void StartOver()
    {
        Body?.Rewind();
        Trail!.StartOver();
    }

    /// <summary>Goes on with the fallback: everything begins again, but for the time.</summary>
    internal void FallBack()
    {
        Retries?.End();
        Retries = null;
        Body?.Rewind();
        _plan = _plan.ForFallback();
        Trail = null;
    }

    private AttemptFailure TimeIsOver(AttemptFailure failure, FailureKind kind, string reason) =>
        failure with { Kind = kind, Reason = reason, WasUploading = request.AwaitsBody };

    private sealed record DrawnHash(ulong Value, string? SetCookie);
}
