namespace Mesh.Proxy.Forwarding;

/// <summary>
/// A request's body that knows whether its client has sent all of it. How an endpoint ends a connection before that says nothing of the
/// endpoint: it may have answered (413, then a close), or waited for as long as it waits for a body, and both are the client's doing. The
/// forwarder tells such an end from another only where its own write was the first to meet it. Flow step 9.
/// </summary>
internal sealed class UploadWatch(Stream body) : AnswerStream
{
    private volatile bool _isWhole;

    /// <summary>Whether the client has yet to send some of it.</summary>
    public bool IsUploading => !_isWhole;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = body.ReadAsync(buffer, cancellationToken);
        return buffer.IsEmpty
            ? reading
            : reading.IsCompletedSuccessfully ? new ValueTask<int>(Note(reading.Result)) : NoteAsync(reading);
    }

    private async ValueTask<int> NoteAsync(ValueTask<int> reading) => Note(await reading);

    private int Note(int read)
    {
        if (read == 0)
            _isWhole = true;
        return read;
    }
}
