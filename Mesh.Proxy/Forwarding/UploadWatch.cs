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
/// It reads the web server's pipe and not its stream: after a read of that which was cancelled, the server takes the body for being read
/// for ever, so that neither another attempt nor the server itself could go on with it.
/// </remarks>
/// <param name="reader">The web server's pipe.</param>
internal sealed class UploadWatch(PipeReader reader) : AnswerStream
{
    // Nothing else tells a client that has closed the connection from one whose body cannot be read.
    private const string EndedEarly = "Unexpected end of request content.";
    private volatile bool _isWhole;
    private volatile bool _isAwaited;

    /// <summary>Whether the client has yet to send some of it.</summary>
    public bool IsUploading => !_isWhole;

    /// <summary>Whether the next part was asked for and has not come; it stays so where whoever asked was cancelled.</summary>
    public bool IsAwaited => _isAwaited;

    /// <summary>Whether its client has ended the request or the connection before it was whole.</summary>
    public bool IsClientGone { get; private set; }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = ReadPipeAsync();
        if (reading.IsCompletedSuccessfully)
        {
            if (Take(reading.Result, buffer) is { } read)
                return new ValueTask<int>(read);
            reading = ReadPipeAsync();
        }

        _isAwaited = true;
        return WaitAsync(reading, buffer, cancellationToken);
    }

    private async ValueTask<int> WaitAsync(ValueTask<ReadResult> reading, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await using var cancelling = cancellationToken.UnsafeRegister(static state => CancelRead((PipeReader)state!), reader);
        try
        {
            while (true)
            {
                if (Take(await reading, buffer) is { } read)
                {
                    _isAwaited = false;
                    return read;
                }

                // Else a former read was cancelled when it had just ended.
                cancellationToken.ThrowIfCancellationRequested();
                reading = ReadPipeAsync();
            }
        }
        catch (IOException exception) when (exception is not BadHttpRequestException || exception.Message == EndedEarly)
        {
            IsClientGone = true;
            throw;
        }
        catch (ConnectionAbortedException gone)
        {
            IsClientGone = true;
            throw new TaskCanceledException("The client has gone.", gone);
        }
    }

    // A body that cannot be read is sometimes said so at once and not in the task.
    private ValueTask<ReadResult> ReadPipeAsync()
    {
        try
        {
            return reader.ReadAsync(CancellationToken.None);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<ReadResult>(exception);
        }
    }

    private static void CancelRead(PipeReader reader)
    {
        try
        {
            reader.CancelPendingRead();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client has gone meanwhile: its read ends by itself.
        }
    }

    /// <summary>Takes what was read; null where there was nothing in it and there may be more, or the read was cancelled.</summary>
    private int? Take(ReadResult result, Memory<byte> buffer)
    {
        // All that is asked of the sequence is asked before it goes back to its owner.
        var isEmpty = result.Buffer.IsEmpty;
        var length = result.IsCanceled ? 0 : (int)Math.Min(buffer.Length, result.Buffer.Length);
        var part = result.Buffer.Slice(0, length);
        part.CopyTo(buffer.Span);
        reader.AdvanceTo(part.End);
        if (result.IsCanceled || (isEmpty && !result.IsCompleted))
            return null;
        // Nothing read into an empty buffer only says that there is something to read.
        if (isEmpty && !buffer.IsEmpty)
            _isWhole = true;
        return length;
    }
}
