using System.Buffers;
using System.IO.Pipelines;

namespace Mesh.ServiceDefaults.Listening;

/// <summary>Tells HTTP/2 from HTTP/1.1 by the client preface (RFC 9113 §3.4), consuming nothing.</summary>
internal static class PrefaceReader
{
    /// <summary>
    /// An HTTP/2 client sends its preface first and at once. Whoever is silent longer is left to the HTTP/1.1 side with its own
    /// limits: browsers and pooled clients open connections in advance and say nothing on them for a while.
    /// </summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>The protocol of a new connection; null if it ended before it said enough.</summary>
    public static async ValueTask<HttpVersionOnWire?> ReadAsync(PipeReader input, TimeProvider time, CancellationToken closing)
    {
        using var late = new CancellationTokenSource(Deadline, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, closing);
        var examined = 0L;
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(stop.Token);
            }
            catch (OperationCanceledException) when (late.IsCancellationRequested && !closing.IsCancellationRequested)
            {
                return HttpVersionOnWire.Http1;
            }

            if (Judge(read.Buffer) is { } version)
            {
                // Not examined beyond what earlier reads were: the server's own first read must return at once.
                input.AdvanceTo(read.Buffer.Start, read.Buffer.GetPosition(examined));
                return version;
            }

            examined = read.Buffer.Length;
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
                return null;
        }
    }

    private static HttpVersionOnWire? Judge(in ReadOnlySequence<byte> received)
    {
        Span<byte> start = stackalloc byte[Preface.Length];
        var length = (int)Math.Min(received.Length, Preface.Length);
        received.Slice(0, length).CopyTo(start);
        if (!Preface.StartsWith(start[..length]))
            return HttpVersionOnWire.Http1;
        return length == Preface.Length ? HttpVersionOnWire.Http2 : null;
    }
}
