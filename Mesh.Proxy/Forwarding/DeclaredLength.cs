namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Holds an answer over HTTP/2 to the length that its head has said (RFC 9113 §8.1.1). The platform's client does so over HTTP/1.1 alone,
/// and the web server would log a body that is too short as a fault of this program's own, and one that is too long as the client's. Flow
/// step 9.
/// </summary>
internal static class DeclaredLength
{
    /// <summary>
    /// Has the body fail where it ends too early or goes on for too long, of an answer whose headers have been copied to the client.
    /// </summary>
    public static void Hold(HttpContext context, HttpResponseMessage answer)
    {
        if (answer.Version.Major < 2 || context.Response.ContentLength is null || HttpMethods.IsHead(context.Request.Method)
            || context.Response.StatusCode == StatusCodes.Status304NotModified)
            return;
        var opened = answer.Content.ReadAsStreamAsync(context.RequestAborted);
        if (opened.IsCompletedSuccessfully)
            answer.Content = new AnswerContent(answer.Content, new LengthStream(opened.Result, context.Response.ContentLength.Value));
    }

    private sealed class LengthStream(Stream inner, long length) : AnswerStream
    {
        private long _read;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var reading = inner.ReadAsync(buffer, cancellationToken);
            return buffer.IsEmpty
                ? reading
                : reading.IsCompletedSuccessfully ? new ValueTask<int>(Count(reading.Result)) : CountAsync(reading);
        }

        private async ValueTask<int> CountAsync(ValueTask<int> reading) => Count(await reading);

        private int Count(int read)
        {
            _read += read;
            if (_read > length)
                throw new BadAnswerException($"its answer's body is longer than its Content-Length of {length}");
            return read > 0 || _read == length
                ? read
                : throw new BadAnswerException($"its answer's body ended after {_read} of {length} bytes");
        }
    }
}
