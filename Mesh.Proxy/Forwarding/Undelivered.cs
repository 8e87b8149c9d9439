using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>Tells a client in HTTP's words, or gRPC's, why no endpoint has answered. Flow step 9.</summary>
internal static class Undelivered
{
    /// <summary>Answers in place of an endpoint.</summary>
    public static Task AnswerAsync(HttpContext context, CallRefusal refusal)
    {
        // What went wrong with the client's own request has been answered with its status already.
        if (refusal.Reason == RefusalReason.BadRequest && !context.Response.HasStarted)
        {
            GatewayRefusal.Malformed.Note(context);
            return Task.CompletedTask;
        }

        return Answers.RefuseAsync(context, Of(refusal), refusal.Service, refusal.Detail);
    }

    /// <summary>Notes that a client has gone before the end of its answer.</summary>
    public static void Abandon(HttpContext context)
    {
        GatewayRefusal.ClientGone.Note(context);
        // The forwarder's 400 would say that the request was wrong.
        if (!context.Response.HasStarted)
            context.Response.StatusCode = GatewayRefusal.ClientGone.Status;
    }

    private static GatewayRefusal Of(CallRefusal refusal) => refusal.Reason switch
    {
        RefusalReason.Dropped => GatewayRefusal.Dropped,
        RefusalReason.NoEndpoint => GatewayRefusal.NoEndpoint,
        RefusalReason.Unreachable => GatewayRefusal.Unreachable,
        RefusalReason.NotHttp => GatewayRefusal.NotHttp,
        RefusalReason.Overflow => GatewayRefusal.Overflow,
        RefusalReason.TimedOut => GatewayRefusal.TimedOut,
        RefusalReason.BodyTimedOut => GatewayRefusal.BodyTimedOut,
        RefusalReason.BadAnswer => GatewayRefusal.BadAnswer,
        RefusalReason.HeadTooLarge => GatewayRefusal.HeadTooLarge,
        RefusalReason.NotOffered => GatewayRefusal.NotOffered,
        RefusalReason.NoCertificate => GatewayRefusal.NoCertificate,
        RefusalReason.Malformed => GatewayRefusal.Malformed,
        RefusalReason.FaultInjected => Injected(refusal.Fault!),
        _ => GatewayRefusal.Failed,
    };

    private static GatewayRefusal Injected(FaultPolicy fault) => new(
        fault.HttpStatus ?? GrpcStatus.ToHttp(fault.GrpcStatus!.Value), fault.GrpcStatus ?? GrpcStatus.OfHttp(fault.HttpStatus!.Value),
        "fault-injected", "The route injected a fault");
}
