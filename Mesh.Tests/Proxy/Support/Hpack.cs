using System.Text;

namespace Mesh.Tests.Proxy.Support;

/// <summary>
/// As much of HPACK (RFC 7541) as it takes to write any bytes as a field, and to read what the platform's clients and servers write.
/// </summary>
internal static class Hpack
{
    private static readonly string[] StaticNames =
    [
        "", ":authority", ":method", ":method", ":path", ":path", ":scheme", ":scheme", ":status", ":status", ":status", ":status",
        ":status", ":status", ":status",
        "accept-charset", "accept-encoding", "accept-language", "accept-ranges", "accept", "access-control-allow-origin", "age", "allow",
        "authorization",
        "cache-control", "content-disposition", "content-encoding", "content-language", "content-length", "content-location",
        "content-range", "content-type",
        "cookie", "date", "etag", "expect", "expires", "from", "host", "if-match", "if-modified-since", "if-none-match", "if-range",
        "if-unmodified-since",
        "last-modified", "link", "location", "max-forwards", "proxy-authenticate", "proxy-authorization", "range", "referer", "refresh",
        "retry-after", "server",
        "set-cookie", "strict-transport-security", "transfer-encoding", "user-agent", "vary", "via", "www-authenticate",
    ];

    private static readonly Dictionary<int, string> StaticValues = new()
    {
        [2] = "GET", [3] = "POST", [4] = "/", [5] = "/index.html", [6] = "http", [7] = "https", [8] = "200", [9] = "204", [10] = "206",
        [11] = "304",
        [12] = "400", [13] = "404", [14] = "500", [16] = "gzip, deflate",
    };

    /// <summary>Literals that nobody keeps, each character one byte.</summary>
    public static byte[] Encode(IEnumerable<(string Name, string Value)> fields)
    {
        using var block = new MemoryStream();
        foreach (var (name, value) in fields)
        {
            block.WriteByte(0);
            Text(block, name);
            Text(block, value);
        }

        return block.ToArray();
    }

    /// <summary>Reads a block of a sender who was told to keep no table.</summary>
    public static List<(string Name, string Value)> Decode(ReadOnlySpan<byte> block)
    {
        var fields = new List<(string Name, string Value)>();
        var at = 0;
        while (at < block.Length)
        {
            var first = block[at];
            if ((first & 0x80) != 0)
            {
                var index = Number(block, ref at, 7);
                fields.Add((StaticNames[index], StaticValues.GetValueOrDefault(index, "")));
            }
            else if ((first & 0xE0) == 0x20)
            {
                Number(block, ref at, 5);
            }
            else
            {
                var index = Number(block, ref at, (first & 0x40) != 0 ? 6 : 4);
                var name = index == 0 ? Text(block, ref at) : StaticNames[index];
                fields.Add((name, Text(block, ref at)));
            }
        }

        return fields;
    }

    private static void Text(MemoryStream block, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        if (bytes.Length < 127)
        {
            block.WriteByte((byte)bytes.Length);
        }
        else
        {
            block.WriteByte(127);
            var rest = bytes.Length - 127;
            for (; rest >= 128; rest >>= 7)
                block.WriteByte((byte)(rest & 127 | 128));
            block.WriteByte((byte)rest);
        }

        block.Write(bytes);
    }

    private static string Text(ReadOnlySpan<byte> block, ref int at)
    {
        if ((block[at] & 0x80) != 0)
            throw new InvalidDataException("A text in Huffman's code, which the platform does not write.");
        var length = Number(block, ref at, 7);
        var text = Encoding.Latin1.GetString(block.Slice(at, length));
        at += length;
        return text;
    }

    private static int Number(ReadOnlySpan<byte> block, ref int at, int bits)
    {
        var most = (1 << bits) - 1;
        var number = block[at++] & most;
        if (number < most)
            return number;
        for (var shift = 0; ; shift += 7)
        {
            var next = block[at++];
            number += (next & 127) << shift;
            if ((next & 128) == 0)
                return number;
        }
    }
}
