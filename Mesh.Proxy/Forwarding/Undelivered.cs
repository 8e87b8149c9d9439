using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>Tells a client in HTTP's words, or gRPC's, why no endpoint has answered. Flow step 9.</summary>
internal static class Undelivered
{
    /// <summary>Answers in place of an endpoint.</summary>
    public static Task Answer(HttpContext context, CallRefusal refusal)
    {
        // What went wrong with the client's own request has been answered with its status already.
        if (refusal.Reason == RefusalReason.BadRequest && !context.Response.HasStarted)
            return Task.CompletedTask;
        return Answers.Refuse(context, Of(refusal), refusal.Service, refusal.Detail);
    }

    private static Refusal Of(CallRefusal refusal) => refusal.Reason switch
    {
        RefusalReason.Dropped => Refusal.Dropped,
        RefusalReason.NoEndpoint => Refusal.NoEndpoint,
        RefusalReason.Unreachable => Refusal.Unreachable,
        RefusalReason.NotHttp => Refusal.NotHttp,
        RefusalReason.Overflow => Refusal.Overflow,
        RefusalReason.TimedOut => Refusal.TimedOut,
        RefusalReason.BadAnswer => Refusal.BadAnswer,
        RefusalReason.HeadTooLarge => Refusal.HeadTooLarge,
        RefusalReason.NotOffered => Refusal.NotOffered,
        RefusalReason.Malformed => Refusal.Malformed,
        RefusalReason.FaultInjected => Injected(refusal.Fault!),
        _ => Refusal.Failed,
    };

    private static Refusal Injected(FaultPolicy fault) => new(
        fault.HttpStatus ?? GrpcStatus.ToHttp(fault.GrpcStatus!.Value), fault.GrpcStatus ?? GrpcStatus.OfHttp(fault.HttpStatus!.Value),
        "fault-injected", "The route injected a fault");
}
