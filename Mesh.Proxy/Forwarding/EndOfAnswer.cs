using System.Globalization;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Tells a client at the end of its answer that the answer is not whole, or that its trailers cannot be passed on. Flow step 9.
/// </summary>
internal static class EndOfAnswer
{
    /// <summary>Whether there is still a way to say so; where there is none, the answer can only be broken off.</summary>
    public static bool CanTell(HttpContext context) => !context.Response.HasStarted || Answers.IsGrpc(context.Request);

    /// <summary>
    /// Says it: by a gRPC status in their place, or by an answer of the gateway's own where nothing of the endpoint's has been sent.
    /// </summary>
    public static async ValueTask TellAsync(HttpContext context, string service, string detail)
    {
        context.RequestServices.GetRequiredService<ILogger<Forwarding>>().EndedBadly(service, detail);
        if (!context.Response.HasStarted)
        {
            await Answers.RefuseAsync(context, GatewayRefusal.BadAnswer, service, detail);
            return;
        }

        GatewayRefusal.BadAnswer.Note(context);
        context.Response.AppendTrailer("grpc-status", GatewayRefusal.BadAnswer.Grpc.ToString(CultureInfo.InvariantCulture));
        context.Response.AppendTrailer("grpc-message", Answers.PercentEncode(detail));
    }
}
