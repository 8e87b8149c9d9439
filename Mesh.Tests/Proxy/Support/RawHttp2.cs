using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Tests.Proxy.Support;

/// <summary>A client of cleartext HTTP/2 that sends whatever it is given, since real ones tidy up.</summary>
internal sealed class RawHttp2 : IAsyncDisposable
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte RstStream = 3;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte GoAway = 7;
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;
    private readonly TcpClient _client;
    private readonly NetworkStream _stream;
    private int _next = 1;

    private RawHttp2(TcpClient client) => (_client, _stream) = (client, client.GetStream());

    public static async Task<RawHttp2> Connect(int port, CancellationToken cancel)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port, cancel);
        var connection = new RawHttp2(client);
        await connection._stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), cancel);
        // No table for the other side's headers; windows as large as they get.
        await connection.Write(Settings, 0, 0, [0, 1, 0, 0, 0, 0, 0, 4, 0x7F, 0xFF, 0xFF, 0xFF], cancel);
        await connection.Write(8, 0, 0, [0x7F, 0, 0, 0], cancel);
        return connection;
    }

    /// <summary>Sends a request and reads its answer. Fields are sent as they are, each character one byte.</summary>
    public async Task<RawAnswer> Send(IEnumerable<(string Name, string Value)> fields, byte[]? body, CancellationToken cancel)
    {
        var id = await Begin(fields, body, cancel);
        return await Read(id, cancel);
    }

    /// <summary>A GET of a path.</summary>
    public Task<RawAnswer> Get(string path, CancellationToken cancel, params (string Name, string Value)[] more) =>
        Send([(":method", "GET"), (":scheme", "http"), (":authority", "gateway"), (":path", path), .. more], null, cancel);

    /// <summary>Sends a request; its stream's number.</summary>
    public async Task<int> Begin(IEnumerable<(string Name, string Value)> fields, byte[]? body, CancellationToken cancel)
    {
        var id = _next;
        _next += 2;
        await Write(Headers, (byte)(EndHeaders | (body is null ? EndStream : 0)), id, Hpack.Encode(fields), cancel);
        if (body is not null)
            await Write(Data, EndStream, id, body, cancel);
        return id;
    }

    /// <summary>Sends one frame.</summary>
    public async Task Write(byte type, byte flags, int stream, byte[] payload, CancellationToken cancel) =>
        await _stream.WriteAsync(FrameOf(type, flags, stream, payload), cancel);

    /// <summary>Sends the same frame so many times, in one write.</summary>
    public async Task WriteMany(int count, byte type, byte flags, int stream, byte[] payload, CancellationToken cancel)
    {
        var frame = FrameOf(type, flags, stream, payload);
        var frames = new byte[count * frame.Length];
        for (var i = 0; i < count; i++)
            frame.CopyTo(frames, i * frame.Length);
        await _stream.WriteAsync(frames, cancel);
    }

    /// <summary>Reads until the stream has ended: its status, or 0 where the stream or the connection was ended instead.</summary>
    public async Task<RawAnswer> Read(int id, CancellationToken cancel)
    {
        var (status, body) = (0, new StringBuilder());
        List<(string, string)> headers = [];
        while (await Frame(cancel) is { } frame)
        {
            try
            {
                await Acknowledge(frame.Type, frame.Flags, frame.Payload, cancel);
            }
            catch (IOException)
            {
                // What the other side said before it ended the connection may still be there.
            }

            if (frame.Type == GoAway)
                return new RawAnswer(0, "", [], BinaryPrimitives.ReadInt32BigEndian(frame.Payload.AsSpan(4)), true);
            if (frame.Stream != id)
                continue;
            if (frame.Type == RstStream)
                return new RawAnswer(status, body.ToString(), headers, BinaryPrimitives.ReadInt32BigEndian(frame.Payload), false);
            if (frame.Type == Headers && status == 0)
            {
                headers = Hpack.Decode(frame.Payload);
                status = int.Parse(headers[0].Item2);
            }

            if (frame.Type == Data)
                body.Append(Encoding.Latin1.GetString(frame.Payload));
            if ((frame.Flags & EndStream) != 0 && frame.Type is Headers or Data)
                return new RawAnswer(status, body.ToString(), headers, null, false);
        }

        return new RawAnswer(0, "", [], null, true);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static byte[] FrameOf(byte type, byte flags, int stream, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), (ushort)payload.Length);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    private Task Acknowledge(byte type, byte flags, byte[] payload, CancellationToken cancel) => (type, flags) switch
    {
        (Settings, 0) => Write(Settings, 1, 0, [], cancel),
        (Ping, 0) => Write(Ping, 1, 0, payload, cancel),
        _ => Task.CompletedTask,
    };

    private async Task<(byte Type, byte Flags, int Stream, byte[] Payload)?> Frame(CancellationToken cancel)
    {
        var head = new byte[9];
        try
        {
            if (await _stream.ReadAtLeastAsync(head, 9, throwOnEndOfStream: false, cancel) < 9)
                return null;
            var payload = new byte[head[0] << 16 | head[1] << 8 | head[2]];
            await _stream.ReadExactlyAsync(payload, cancel);
            return (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue, payload);
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>What came of a request over <see cref="RawHttp2"/>.</summary>
/// <param name="Status">The answer's status; 0 where there was none.</param>
/// <param name="Body">Its body.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="Error">The error with which the stream or the connection ended, or null.</param>
/// <param name="ConnectionEnded">Whether the connection has ended.</param>
internal sealed record RawAnswer(int Status, string Body, List<(string Name, string Value)> Headers, int? Error, bool ConnectionEnded);
