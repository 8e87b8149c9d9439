using System.Net;

namespace Mesh.DataPlane.Transport;

/// <summary>
/// Sends the parts of a body of unknown length as they come. Over HTTP/2 the platform's client gathers what is written until there is
/// enough of it, and the forwarder asks it not to for gRPC only; a conversation in another format would wait for ever.
/// </summary>
internal sealed class PromptBodies(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Version == HttpVersion.Version20 && request.Content is { } content && content.Headers.ContentLength is null
            && !IsGrpc(content))
            request.Content = new PromptContent(content);
        return base.SendAsync(request, cancellationToken);
    }

    private static bool IsGrpc(HttpContent content) =>
        content.Headers.NonValidated.TryGetValues("Content-Type", out var type)
        && type.ToString().StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);

    private sealed class PromptContent : HttpContent
    {
        private readonly HttpContent _content;

        public PromptContent(HttpContent content)
        {
            _content = content;
            foreach (var (name, values) in content.Headers.NonValidated)
                Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _content.CopyToAsync(new PromptStream(stream), context, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class PromptStream(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            await inner.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => inner.Flush();

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException("Bodies are written asynchronously.");

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
