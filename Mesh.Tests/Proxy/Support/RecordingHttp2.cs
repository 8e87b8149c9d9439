using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Tests.Proxy.Support;

/// <summary>
/// The HTTP/2 side of <see cref="RecordingUpstream"/>: it reads frames itself and lets nothing pass that RFC 9113 §8 forbids.
/// </summary>
internal static class RecordingHttp2
{
    private const int Preface = 24;
    private static readonly string[] ConnectionHeaders = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

    public static async Task Serve(NetworkStream stream, RecordingUpstream upstream, CancellationToken cancel)
    {
        var preface = new byte[Preface];
        await stream.ReadExactlyAsync(preface, cancel);
        // No table for what is sent here, and a window for all bodies of a test.
        await Write(stream, 4, 0, 0, [0, 1, 0, 0, 0, 0, 0, 4, 0x7F, 0xFF, 0xFF, 0xFF], cancel);
        await Write(stream, 8, 0, 0, [0x7F, 0, 0, 0], cancel);
        var blocks = new Dictionary<int, MemoryStream>();
        var open = new Dictionary<int, (RecordedRequest Request, StringBuilder Body)>();
        var head = new byte[9];
        while (await stream.ReadAtLeastAsync(head, 9, throwOnEndOfStream: false, cancel) == 9)
        {
            var payload = new byte[head[0] << 16 | head[1] << 8 | head[2]];
            await stream.ReadExactlyAsync(payload, cancel);
            var (type, flags, id) = (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue);
            switch (type)
            {
                case 0:
                    if (open.TryGetValue(id, out var reading))
                        reading.Body.Append(Encoding.Latin1.GetString(payload));
                    break;
                case 1 or 9:
                    if (!blocks.TryGetValue(id, out var block))
                        blocks[id] = block = new MemoryStream();
                    block.Write(payload);
                    if ((flags & 4) != 0)
                    {
                        blocks.Remove(id);
                        // A second block of a stream is its trailers.
                        if (!open.ContainsKey(id))
                            open[id] = (Read(Hpack.Decode(block.ToArray())), new StringBuilder());
                    }

                    break;
                case 3:
                    open.Remove(id);
                    break;
                case 4 when flags == 0:
                    await Write(stream, 4, 1, 0, [], cancel);
                    break;
                case 6 when flags == 0:
                    await Write(stream, 6, 1, 0, payload, cancel);
                    break;
            }

            if (type is 0 or 1 && (flags & 1) != 0 && open.Remove(id, out var whole))
                await Answer(stream, upstream, id, whole.Request with { Body = whole.Body.ToString() }, cancel);
        }
    }

    private static async Task Answer(NetworkStream stream, RecordingUpstream upstream, int id, RecordedRequest request,
        CancellationToken cancel)
    {
        upstream.Requests.Enqueue(request);
        var status = upstream.Answer(request);
        await Write(stream, 1, 4, id, Hpack.Encode([(":status", $"{status}"), .. upstream.AnswerFields]), cancel);
        var (body, trailers) = (request.Method == "HEAD" ? "" : upstream.AnswerBody, upstream.AnswerTrailers);
        if (trailers.Count == 0 || body.Length > 0)
            await Write(stream, 0, (byte)(trailers.Count == 0 ? 1 : 0), id, Encoding.Latin1.GetBytes(body), cancel);
        if (trailers.Count > 0)
            await Write(stream, 1, 5, id, Hpack.Encode(trailers), cancel);
    }

    private static RecordedRequest Read(List<(string Name, string Value)> fields)
    {
        var whole = string.Join('\n', fields.Select(f => $"{f.Name}: {f.Value}"));
        var pseudo = fields.TakeWhile(f => f.Name.StartsWith(':')).ToDictionary(f => f.Name, f => f.Value);
        var headers = fields.Skip(pseudo.Count).ToList();
        RecordingUpstream.Check(pseudo.Keys.Order().SequenceEqual([":authority", ":method", ":path", ":scheme"]),
            $"Other pseudo fields in:\n{whole}");
        RecordingUpstream.Check(pseudo[":path"].StartsWith('/') && pseudo[":path"].All(c => c is > ' ' and <= '~' and not '#'),
            $"No path:\n{whole}");
        RecordingUpstream.Check(IsToken(pseudo[":method"]), $"No method:\n{whole}");
        foreach (var (name, value) in headers)
        {
            RecordingUpstream.Check(IsToken(name) && !name.Any(char.IsAsciiLetterUpper), $"No name '{name}' in:\n{whole}");
            RecordingUpstream.Check(!ConnectionHeaders.Contains(name) && (name != "te" || value == "trailers"),
                $"A header of a connection in:\n{whole}");
            RecordingUpstream.Check(value.All(c => c == '\t' || c is >= ' ' and not '\x7F'), $"No value of {name} in:\n{whole}");
            RecordingUpstream.Check(value.Trim(' ', '\t') == value, $"Blanks around the value of {name} in:\n{whole}");
        }

        return new RecordedRequest(pseudo[":method"], pseudo[":path"], [(":authority", pseudo[":authority"]), .. headers], "");
    }

    private static bool IsToken(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c));

    private static async Task Write(NetworkStream stream, byte type, byte flags, int id, byte[] payload, CancellationToken cancel)
    {
        var frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), (ushort)payload.Length);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), id);
        payload.CopyTo(frame, 9);
        await stream.WriteAsync(frame, cancel);
    }
}
