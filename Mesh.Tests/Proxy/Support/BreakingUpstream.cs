using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Mesh.Tests.Support;

namespace Mesh.Tests.Proxy.Support;

/// <summary>What becomes of a request.</summary>
public enum Break
{
    /// <summary>The connection is closed before anything is read.</summary>
    BeforeReading,

    /// <summary>It is read, and the connection closed in order.</summary>
    AfterReading,

    /// <summary>It is read, and the connection reset.</summary>
    ByReset,

    /// <summary>Half of an answer's head is sent, and the connection closed.</summary>
    AfterHalfAHead,

    /// <summary>HTTP/2: the stream is refused.</summary>
    ByRefusal,

    /// <summary>HTTP/2: a GOAWAY says that this stream was not looked at, and the connection is closed.</summary>
    ByGoAway,
}

/// <summary>
/// A server that counts its requests and then breaks off, as a service that crashes does. It answers requests that have <c>warm</c> in
/// their path, so that the connection has been used before; on request it also answers those after the first few.
/// </summary>
public sealed class BreakingUpstream : IAsyncDisposable
{
    private readonly TcpServer _server;
    private readonly Break _how;
    private readonly bool _http2;
    private readonly int _times;
    private int _requests;

    public BreakingUpstream(Break how, bool http2 = false, int times = int.MaxValue)
    {
        (_how, _http2, _times) = (how, http2, times);
        _server = new TcpServer(Serve);
    }

    public int Port => _server.Port;

    /// <summary>The requests it has been sent, those that warm a connection aside.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public int Connections => _server.Accepted;

    /// <summary>Called when a request has been read and before the connection is broken.</summary>
    public Action? OnBreak { get; init; }

    public void Refuse() => _server.Refuse();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task Serve(Socket socket, CancellationToken end)
    {
        await using var stream = new NetworkStream(socket);
        if (_how == Break.BeforeReading)
            return;
        if (_http2)
            await ServeHttp2(stream, end);
        else
            await ServeHttp1(stream, end);
        if (_how == Break.ByReset)
            socket.Close(0);
        else
            await EndInOrder(stream, socket, end);
    }

    // A socket that is closed while bytes wait in it is reset, and the reset takes away what the client has not read yet, a GOAWAY for one.
    private static async Task EndInOrder(NetworkStream stream, Socket socket, CancellationToken end)
    {
        socket.Shutdown(SocketShutdown.Send);
        await stream.CopyToAsync(Stream.Null, end);
    }

    // Counts a request; true if it is to be answered.
    private bool TryAnswer(string head)
    {
        if (head.Contains("warm", StringComparison.Ordinal))
            return true;
        if (Interlocked.Increment(ref _requests) > _times)
            return true;
        OnBreak?.Invoke();
        return false;
    }

    private async Task ServeHttp1(NetworkStream stream, CancellationToken end)
    {
        var buffer = new byte[16 * 1024];
        var text = "";
        while (true)
        {
            while (!text.Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                var read = await stream.ReadAsync(buffer, end);
                if (read == 0)
                    return;
                text += Encoding.Latin1.GetString(buffer, 0, read);
            }

            if (!TryAnswer(text[..text.IndexOf("\r\n", StringComparison.Ordinal)]))
            {
                if (_how == Break.AfterHalfAHead)
                    await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-"u8.ToArray(), end);
                return;
            }

            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(), end);
            text = "";
        }
    }

    private async Task ServeHttp2(NetworkStream stream, CancellationToken end)
    {
        var head = new byte[24];
        await stream.ReadExactlyAsync(head, end);
        await Send(stream, 4, 0, 0, [], end);
        while (true)
        {
            await stream.ReadExactlyAsync(head.AsMemory(0, 9), end);
            var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            var (type, flags, id) = (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)));
            await stream.ReadExactlyAsync(payload, end);
            if (type == 4 && (flags & 1) == 0)
                await Send(stream, 4, 1, 0, [], end);
            if (type == 6 && (flags & 1) == 0)
                await Send(stream, 6, 1, 0, payload, end);
            if (type != 1)
                continue;
            // .NET writes its texts without Huffman's code.
            if (TryAnswer(Encoding.Latin1.GetString(payload)))
            {
                await Send(stream, 1, 4, id, [0x88], end);
                await Send(stream, 0, 1, id, "ok"u8.ToArray(), end);
                continue;
            }

            switch (_how)
            {
                case Break.ByRefusal:
                    await Send(stream, 3, 0, id, [0, 0, 0, 7], end);
                    continue;
                case Break.ByGoAway:
                    await Send(stream, 7, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0], end);
                    break;
                case Break.AfterHalfAHead:
                    await Send(stream, 1, 0, id, [0x88], end);
                    break;
            }

            return;
        }
    }

    private static async Task Send(NetworkStream stream, byte type, byte flags, int id, byte[] payload, CancellationToken end)
    {
        var frame = new byte[9 + payload.Length];
        (frame[1], frame[2], frame[3], frame[4]) = ((byte)(payload.Length >> 8), (byte)payload.Length, type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), id);
        payload.CopyTo(frame, 9);
        await stream.WriteAsync(frame, end);
    }
}
