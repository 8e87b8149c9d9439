namespace Mesh.Proxy.Forwarding;

/// <summary>
/// A request's body that knows how far its client has come with sending it. What goes wrong before it is whole says nothing of the
/// endpoint: that may have answered (413, then a close), or waited for as long as it waits for a body, and both are the client's doing.
/// Flow step 9.
/// </summary>
internal sealed class UploadWatch(Stream body) : AnswerStream
{
    private volatile bool _isWhole;
    private volatile bool _isAwaited;

    /// <summary>Whether the client has yet to send some of it.</summary>
    public bool IsUploading => !_isWhole;

    /// <summary>Whether the next part was asked for and has not come; it stays so where whoever asked was cancelled.</summary>
    public bool IsAwaited => _isAwaited;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = body.ReadAsync(buffer, cancellationToken);
        if (reading.IsCompletedSuccessfully)
            return new ValueTask<int>(Note(buffer, reading.Result));
        _isAwaited = true;
        return NoteAsync(buffer, reading);
    }

    private async ValueTask<int> NoteAsync(Memory<byte> buffer, ValueTask<int> reading) => Note(buffer, await reading);

    private int Note(Memory<byte> buffer, int read)
    {
        _isAwaited = false;
        // Nothing read into an empty buffer only says that there is something to read.
        if (read == 0 && !buffer.IsEmpty)
            _isWhole = true;
        return read;
    }
}
