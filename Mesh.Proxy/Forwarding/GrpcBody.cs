using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Ends a gRPC answer that breaks off by its status. The forwarder would reset the client's stream with CANCEL, which a gRPC client reads
/// as a call that was cancelled by its caller (CANCELLED); what happened is that the service is unavailable. Flow step 9.
/// </summary>
internal static class GrpcBody
{
    /// <summary>Has an answer's body end where it breaks off; <see cref="RequestTransformer.BodyFault"/> says then why.</summary>
    public static void Hold(HttpContext context, HttpResponseMessage answer, RequestTransformer transformer)
    {
        var opened = answer.Content.ReadAsStreamAsync(context.RequestAborted);
        if (!opened.IsCompletedSuccessfully)
            return;
        // A body that breaks off is shorter, and over HTTP/2 its end is told otherwise.
        if (context.Response.ContentLength > 0)
            context.Response.ContentLength = null;
        answer.Content = new AnswerContent(answer.Content, new EndingStream(opened.Result, context, transformer));
    }

    private sealed class EndingStream(Stream inner, HttpContext context, RequestTransformer transformer) : AnswerStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (transformer.BodyFault is not null)
                return 0;
            try
            {
                return await inner.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception broken) when (!cancellationToken.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
            {
                transformer.BodyFault = FailureText.Of(ForwarderError.ResponseBodyDestination, broken);
                return 0;
            }
        }
    }
}
