using System.Net;
using Mesh.DataPlane.Calls;

namespace Mesh.Proxy.Forwarding;

/// <summary>A copy of a request for a mirror, which throws its answer away. Flow step 9.</summary>
internal sealed class RequestCopy(HttpMessageInvoker connections, HttpRequestMessage request) : ICallCopy
{
    /// <summary>The header that says that a request is a copy.</summary>
    public const string Mark = "X-Mesh-Mirror";

    /// <inheritdoc/>
    public async Task<AnswerHead> SendAsync(ReadOnlyMemory<byte>? body, CancellationToken cancellationToken)
    {
        if (request.Content is Captured captured && body is { } whole)
            captured.Body = whole;
        using var response = await connections.SendAsync(request, cancellationToken);
        await response.Content.CopyToAsync(Stream.Null, cancellationToken);
        return new AnswerHead((int)response.StatusCode, AnswerHead.GrpcOf(response.Headers) ?? AnswerHead.GrpcOf(response.TrailingHeaders));
    }

    /// <inheritdoc/>
    public void Dispose() => request.Dispose();

    /// <summary>A body that is there only when it is sent.</summary>
    internal sealed class Captured : HttpContent
    {
        public ReadOnlyMemory<byte> Body { get; set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(Body).AsTask();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            stream.WriteAsync(Body, cancellationToken).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = Body.Length;
            return true;
        }
    }
}
