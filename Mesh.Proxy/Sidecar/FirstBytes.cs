using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Mesh.Proxy.Sidecar;

/// <summary>Looks at what a connection begins with, and takes nothing that is for somebody else.</summary>
internal sealed class FirstBytes : IDisposable
{
    private const int LongestHead = 16 * 1024;
    private readonly ConnectionContext _connection;
    private readonly CancellationTokenSource _late;
    private readonly CancellationTokenSource _ending;

    /// <param name="connection">The connection.</param>
    /// <param name="patience">How long it may take to say enough.</param>
    public FirstBytes(ConnectionContext connection, TimeSpan patience)
    {
        _connection = connection;
        _late = new CancellationTokenSource(patience);
        var closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested
            ?? CancellationToken.None;
        _ending = CancellationTokenSource.CreateLinkedTokenSource(_late.Token, closing);
    }

    /// <summary>Whether it begins with these bytes; false also where it ends or says nothing for long.</summary>
    public async ValueTask<bool> StartWithAsync(ReadOnlyMemory<byte> expected)
    {
        var input = _connection.Transport.Input;
        while (await ReadAsync() is { } read)
        {
            var length = (int)Math.Min(read.Buffer.Length, expected.Length);
            var fits = read.Buffer.Slice(0, length).ToArray().AsSpan().SequenceEqual(expected.Span[..length]);
            if (!fits || length == expected.Length)
            {
                // The last byte counts as not looked at, so that the next read returns at once.
                input.AdvanceTo(read.Buffer.Start, read.Buffer.GetPosition(Math.Max(read.Buffer.Length - 1, 0)));
                return fits;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
                return false;
        }

        return false;
    }

    /// <summary>Takes a request's head off the connection, its first line given; null where it is too long or does not come.</summary>
    public async ValueTask<string?> HeadAsync()
    {
        var input = _connection.Transport.Input;
        while (await ReadAsync() is { } read)
        {
            var reader = new SequenceReader<byte>(read.Buffer);
            if (reader.TryReadTo(out ReadOnlySequence<byte> head, "\r\n\r\n"u8))
            {
                var first = head.Length > LongestHead ? null : Encoding.Latin1.GetString(head).Split("\r\n")[0];
                input.AdvanceTo(reader.Position);
                return first;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted || read.Buffer.Length > LongestHead)
                return null;
        }

        return null;
    }

    public void Dispose()
    {
        _ending.Dispose();
        _late.Dispose();
    }

    private async ValueTask<System.IO.Pipelines.ReadResult?> ReadAsync()
    {
        try
        {
            return await _connection.Transport.Input.ReadAsync(_ending.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // It takes too long, or the client has broken the connection off: nobody's fault here.
            return null;
        }
    }
}
