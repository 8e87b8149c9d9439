using Mesh.DataPlane.Resilience;

namespace Mesh.DataPlane.Calls;

/// <summary>
/// What follows from how an attempt ended (<c>docs/adr/0034-one-call-engine.md</c>). Nothing is done here, and nothing is counted. Flow
/// step 9.
/// </summary>
/// <param name="Next">The next step.</param>
/// <param name="WithoutBudget">The step in its place where that is sending again and the cluster's retry budget is used up.</param>
public readonly record struct Verdict(NextStep Next, NextStep WithoutBudget)
{
    private Verdict(NextStep next) : this(next, next)
    {
    }

    /// <summary>An endpoint has answered.</summary>
    /// <param name="call">What the next step depends on.</param>
    /// <param name="head">What the answer says of itself.</param>
    public static Verdict OfAnswer(in CallFacts call, AnswerHead head)
    {
        // What stands between this data plane and whoever could answer says so; any other answer is one.
        var isNobodys = head.Status is >= 502 and <= 504 || head.Grpc is GrpcStatus.Unavailable;
        var other = isNobodys && (call with { WasSeen = true }).CanFallBack ? NextStep.FallBack : NextStep.Deliver;
        return call.CanRetry && call.Policy!.Takes(head.Status, head.Grpc) ? new(NextStep.Retry, other) : new(other);
    }

    /// <summary>An endpoint has not answered, or not to the end.</summary>
    /// <param name="call">What the next step depends on.</param>
    /// <param name="failure">How it failed.</param>
    public static Verdict OfFailure(in CallFacts call, AttemptFailure failure)
    {
        if (failure.Kind == FailureKind.ClientGone)
            return new(NextStep.Abandon);
        if (failure.Kind is FailureKind.Malformed or FailureKind.NotOffered or FailureKind.NoCertificate)
            return new(NextStep.Refuse);

        var isForFallback = failure.Kind is FailureKind.NotConnected or FailureKind.NotProcessed or FailureKind.BrokenOff
            or FailureKind.InvalidResponse or FailureKind.AttemptTimedOut;
        var last = isForFallback && (call with { WasSeen = call.WasSeen || failure.WasSeen }).CanFallBack
            ? NextStep.FallBack
            : NextStep.Refuse;
        if (call.HasBegunAnswer)
            return new(last);

        // Where nothing of the request was sent, going elsewhere costs no endpoint anything and needs no policy; else a policy that speaks
        // of it decides.
        if (failure.Kind == FailureKind.NotConnected)
            return new(NextStep.TryAnother);
        if (failure.NoAnswer is { } none && call.Policy?.Takes(none, call.IsGrpc) == true)
            return call.CanRetry ? new(NextStep.Retry, last) : new(last);
        return CanTryAnother(call, failure.Kind) ? new(NextStep.TryAnother) : new(last);
    }

    /// <summary>There is no endpoint to send it to, or none that speaks HTTP.</summary>
    /// <param name="call">What the next step depends on.</param>
    /// <param name="last">How the last attempt at this cluster failed, or null where there was none.</param>
    /// <param name="isTcp">Whether there are endpoints, which do not speak HTTP.</param>
    public static Verdict WithoutEndpoint(in CallFacts call, AttemptFailure? last, bool isTcp)
    {
        var other = !isTcp && call.CanFallBack ? NextStep.FallBack : NextStep.Refuse;
        return last is { Kind: FailureKind.NotConnected, NoAnswer: { } none } && call.CanRetry && call.Policy!.Takes(none, call.IsGrpc)
            ? new(NextStep.StartOver, other)
            : new(other);
    }

    /// <summary>The cluster's circuit breakers have turned it away.</summary>
    /// <param name="call">What the next step depends on.</param>
    public static Verdict OfOverflow(in CallFacts call) => new(call.CanFallBack ? NextStep.FallBack : NextStep.Refuse);

    // The endpoint that has had it says that it did not look at it, or it may be asked for twice (RFC 9110 §9.2.2).
    private static bool CanTryAnother(in CallFacts call, FailureKind kind) => kind switch
    {
        FailureKind.NotProcessed => call.Body != BodyState.Once,
        FailureKind.BrokenOff => call is { IsSafe: true, Body: BodyState.None, IsUpgrade: false },
        _ => false,
    };
}
