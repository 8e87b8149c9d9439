using System.Net;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Sends the head of an answer whose body keeps its client waiting. The web server writes a head with the first bytes of the body, which
/// for a stream of events or a gRPC call with initial metadata may be minutes later. Flow step 9.
/// </summary>
internal static class PromptHead
{
    /// <summary>
    /// Has the client get the head of an answer that goes to it, and whose headers are in their last form, before the body where the body
    /// is not there yet.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="answer">The endpoint's answer.</param>
    /// <param name="isGood">Whether it goes on.</param>
    /// <param name="cancellationToken">The end of the attempt.</param>
    public static ValueTask<bool> SendAsync(HttpContext context, HttpResponseMessage answer, ValueTask<bool> isGood,
        CancellationToken cancellationToken)
    {
        // What is still being looked at may yet be refused; what has become another protocol's connection is not this one's to read.
        if (!isGood.IsCompletedSuccessfully || IsUpgraded(answer))
            return isGood;
        var opened = answer.Content.ReadAsStreamAsync(cancellationToken);
        if (!opened.IsCompletedSuccessfully)
            return isGood;
        // Reads nothing, and is over as soon as there is something to read, or the end.
        var first = opened.Result.ReadAsync(Memory<byte>.Empty, cancellationToken);
        if (!first.IsCompletedSuccessfully)
            return SendWhilePendingAsync(context, answer, opened.Result, first, cancellationToken);
        _ = first.Result;
        return isGood;
    }

    /// <summary>
    /// Whether the connection has become another protocol's: over HTTP/2 that is an extended CONNECT answered with 200 (RFC 8441).
    /// </summary>
    public static bool IsUpgraded(HttpResponseMessage answer) => answer.StatusCode == HttpStatusCode.SwitchingProtocols
        || (answer.StatusCode == HttpStatusCode.OK && answer.RequestMessage?.Headers.Protocol is not null);

    private static async ValueTask<bool> SendWhilePendingAsync(
        HttpContext context, HttpResponseMessage answer, Stream body, ValueTask<int> first, CancellationToken cancellationToken)
    {
        answer.Content = new AnswerContent(answer.Content, new BegunStream(body, first));
        // What has come with the head over HTTP/2 is another frame: where both are here already, one write takes both.
        await Task.Yield();
        if (!first.IsCompleted)
            await context.Response.Body.FlushAsync(cancellationToken);
        return true;
    }

    /// <summary>A body whose first read, of nothing, has begun; a failure of that is the next reader's.</summary>
    private sealed class BegunStream(Stream inner, ValueTask<int> first) : AnswerStream
    {
        private bool _isOver;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_isOver)
                return inner.ReadAsync(buffer, cancellationToken);
            _isOver = true;
            return buffer.IsEmpty ? first : ReadAfterFirstAsync(buffer, cancellationToken);
        }

        private async ValueTask<int> ReadAfterFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            await first;
            return await inner.ReadAsync(buffer, cancellationToken);
        }
    }
}
