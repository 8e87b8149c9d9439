namespace Mesh.Proxy.Forwarding;

/// <summary>
/// What of an endpoint's answer cannot go on as it is. A header that says what cannot be is repaired where nothing is lost by that; all else is no answer (502),
/// with its reason: the server itself would end in a 500 that says nothing. Flow step 9.
/// </summary>
internal static class AnswerCheck
{
    /// <summary>Looks at an answer whose headers have been copied to the client.</summary>
    /// <exception cref="BadAnswerException">It cannot go on.</exception>
    public static ValueTask<bool> Check(HttpContext context, HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var status = (int)answer.StatusCode;
        if (status < StatusCodes.Status101SwitchingProtocols)
            throw new BadAnswerException($"its answer has the status {status:000}");
        // To a client that can be sent no trailers, none are announced.
        if (context.Response.Headers.Trailer.Count > 0 && !context.Response.SupportsTrailers())
            context.Response.Headers.Trailer = default;
        // RFC 9110 §15.3.5, §15.3.6, §15.4.5.
        return status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified
            ? Empty(context, answer, status, cancellationToken)
            : new ValueTask<bool>(true);
    }

    private static async ValueTask<bool> Empty(HttpContext context, HttpResponseMessage answer, int status, CancellationToken cancellationToken)
    {
        // What a 204 says of a length is not followed by anything over HTTP/1.1; what a 304 says is the length of what it stands for.
        if (status != StatusCodes.Status304NotModified)
            context.Response.Headers.ContentLength = null;
        var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        return await body.ReadAsync(new byte[1], cancellationToken) == 0
            ? true
            : throw new BadAnswerException($"its answer with the status {status} has a body");
    }
}

/// <summary>An answer cannot go on to the client; the message says why.</summary>
internal sealed class BadAnswerException(string message) : Exception(message);
