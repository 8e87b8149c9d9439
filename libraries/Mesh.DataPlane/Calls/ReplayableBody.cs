using System.Runtime.ExceptionServices;

namespace Mesh.DataPlane.Calls;

/// <summary>
/// A request's body that keeps what has been read of it, up to a limit, so that it can be sent a second time. Nothing is collected first:
/// the parts go on as they come.
/// </summary>
public sealed class ReplayableBody(Stream inner, int limit) : Stream
{
    private byte[] _kept = [];
    private int _length;
    private int _position;
    private bool _tooLong;
    private ExceptionDispatchInfo? _failed;

    /// <summary>Whether all that was read is still here.</summary>
    public bool CanReplay => !_tooLong && _failed is null;

    /// <summary>The whole body, or null if it was too long or has not been read to its end.</summary>
    // Not a bare null, which these types take for an empty array.
    public ReadOnlyMemory<byte>? Whole => AtEnd && !_tooLong ? _kept.AsMemory(0, _length) : default(ReadOnlyMemory<byte>?);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private bool AtEnd { get; set; }

    /// <summary>The next reader begins from the beginning.</summary>
    public void Rewind() => _position = 0;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        if (!_tooLong && _position < _length)
        {
            var again = Math.Min(buffer.Length, _length - _position);
            _kept.AsMemory(_position, again).CopyTo(buffer);
            _position += again;
            return again;
        }

        if (AtEnd)
            return 0;
        _failed?.Throw();
        try
        {
            var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0)
                AtEnd = true;
            else
                Keep(buffer.Span[..read]);
            return read;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The web server's own stream has an end behind a fault: whoever reads again would take what came before for the whole.
            _failed = ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bodies are read asynchronously.");

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Keep(ReadOnlySpan<byte> read)
    {
        if (_tooLong)
            return;
        if (_length + read.Length > limit)
        {
            (_tooLong, _kept) = (true, []);
            return;
        }

        if (_length + read.Length > _kept.Length)
            Array.Resize(ref _kept, Math.Min(limit, Math.Max(_length + read.Length, Math.Max(1024, _kept.Length * 2))));
        read.CopyTo(_kept.AsSpan(_length));
        _length += read.Length;
        _position = _length;
    }
}
