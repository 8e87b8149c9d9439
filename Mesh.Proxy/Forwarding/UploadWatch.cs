using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// A request's body that knows how far its client has come with sending it. What goes wrong before it is whole says nothing of the
/// endpoint: that may have answered (413, then a close), or waited for as long as it waits for a body, and both are the client's doing.
/// Flow step 9.
/// </summary>
/// <remarks>
/// It reads the web server's pipe and not its stream: after a read of that which was cancelled, the server takes the body for being read for
/// ever, so that neither another attempt nor the server itself could go on with it.
/// </remarks>
/// <param name="reader">The web server's pipe.</param>
internal sealed class UploadWatch(PipeReader reader) : AnswerStream
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
        var reading = reader.ReadAsync(CancellationToken.None);
        if (reading.IsCompletedSuccessfully && Take(reading.Result, buffer) is { } read)
            return new ValueTask<int>(read);
        _isAwaited = true;
        return WaitAsync(reading.IsCompleted ? reader.ReadAsync(CancellationToken.None) : reading, buffer, cancellationToken);
    }

    private async ValueTask<int> WaitAsync(ValueTask<ReadResult> reading, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await using var cancelling = cancellationToken.UnsafeRegister(static state => ((PipeReader)state!).CancelPendingRead(), reader);
        try
        {
            while (true)
            {
                if (Take(await reading, buffer) is { } read)
                {
                    _isAwaited = false;
                    return read;
                }

                cancellationToken.ThrowIfCancellationRequested();
                // A former read was cancelled when it had just ended.
                reading = reader.ReadAsync(CancellationToken.None);
            }
        }
        catch (ConnectionAbortedException gone)
        {
            throw new TaskCanceledException("The client has gone.", gone);
        }
    }

    /// <summary>Takes what was read; null where that was cancelled.</summary>
    private int? Take(ReadResult result, Memory<byte> buffer)
    {
        if (result.IsCanceled)
        {
            reader.AdvanceTo(result.Buffer.Start);
            return null;
        }

        var part = result.Buffer.Slice(0, Math.Min(buffer.Length, result.Buffer.Length));
        part.CopyTo(buffer.Span);
        reader.AdvanceTo(part.End);
        // Nothing read into an empty buffer only says that there is something to read.
        if (part.IsEmpty && result.IsCompleted && !buffer.IsEmpty)
            _isWhole = true;
        return (int)part.Length;
    }
}
