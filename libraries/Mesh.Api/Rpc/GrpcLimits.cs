using System.IO.Compression;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Mesh.Api.Rpc;

/// <summary>How large a message may be that a gRPC service takes.</summary>
public static class GrpcLimits
{
    /// <summary>
    /// Takes messages of up to so many bytes, compressed ones too. The framework's own limit is for the bytes on the wire: of zeros a
    /// thousandth of it would do to fill the memory.
    /// </summary>
    /// <param name="grpc">Of all services of a host.</param>
    /// <param name="bytes">The limit, for what is on the wire and for what it becomes.</param>
    public static void TakeMessagesUpTo(this GrpcServiceOptions grpc, int bytes)
    {
        grpc.MaxReceiveMessageSize = bytes;
        grpc.CompressionProviders.Clear();
        grpc.CompressionProviders.Add(new BoundedGzip(bytes));
    }

    private sealed class BoundedGzip(int bytes) : ICompressionProvider
    {
        public string EncodingName => "gzip";

        public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) =>
            new GZipStream(stream, compressionLevel ?? CompressionLevel.Fastest, leaveOpen: true);

        public Stream CreateDecompressionStream(Stream stream) => new Bounded(new GZipStream(stream, CompressionMode.Decompress), bytes);
    }

    /// <summary>Ends the call where more comes out than may.</summary>
    private sealed class Bounded(GZipStream inner, int bytes) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _read;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = inner.Read(buffer);
            _read += read;
            return _read <= bytes
                ? read
                : throw new RpcException(
                    new Status(StatusCode.ResourceExhausted, $"The message is larger than {bytes} bytes when it is unpacked."));
        }

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
