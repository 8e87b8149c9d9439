using System.Globalization;
using System.Text;

namespace Mesh.Tests.Proxy.Fuzz;

/// <summary>Makes requests up, most of them nearly right. All text is one character a byte.</summary>
/// <param name="random">Where they come from: the same seed makes the same requests.</param>
internal sealed class HeadGenerator(Random random)
{
    private static readonly string[] Methods =
    [
        "GET", "GET", "GET", "POST", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "propfind", "delete",
        "Delete", "head", "get",
        "CONNECT", "M-SEARCH", "G ET", "G\u00C9T", "", "GET\r\nX: y", "A\tB", "PRI", "QUERY", "query",
    ];

    private static readonly string[] Segments =
    [
        "a", "b", "admin", "Admin", "%61dmin", "admin%2f", "admin;x", "admin%00", "..", ".", "%2e%2e", "%2E.", "..;", "", "", "%2f", "%5c",
        "\\", "\\..\\admin", "%2f..%2fadmin",
        "re", "pre", "pre..", "host", "re..", "\u00E9", "\u00FF\u00FE", "\0", " ", "\t", "#", "#admin", "%", "%zz", "%C3%A9", "a b", "*",
        "@", ":", "{x}", "|", "^", "\x7F", "\x01",
        "http://evil/", "%252e%252e", "~", "+", "\r", "\n", "\r\nX-Evil: 1",
    ];

    private static readonly string[] Queries = ["", "", "", "?", "?a=b", "?a=/../admin", "?\u00E9", "?a b", "?#", "??", "?%00",
        "?a=%2f;+//", "?\0", "?\r\nX: y"];

    private static readonly string[] ConnectionValues =
    [
        "close", "keep-alive", "x-hop", "close, x-hop", "X-Hop,close", "keep-alive , X-HOP", "x-hop,,close", ",x-hop", "x-hop;q=1", "host",
        "content-length", "close, host, transfer-encoding",
        "upgrade", "Upgrade, x-hop", "te, x-hop", "\"x-hop\"", "x-hop\tclose", "content-type, x-hop", "x-canary",
    ];

    private static readonly (string Name, string Value)[] Fields =
    [
        ("Accept", "*/*"), ("Cookie", "a=b"), ("Cookie", "c=d; e=f"), ("Content-Type", "text/plain"), ("Content-Type", "application/grpc"),
        ("Content-Language", "de"),
        ("TE", "trailers"), ("TE", "gzip"), ("Trailer", "x-t"), ("Upgrade", "websocket"), ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAMAAABkAAQAAP__"), ("Keep-Alive", "5"),
        ("Proxy-Connection", "keep-alive"), ("Proxy-Authorization", "x"), ("Proxy-Authenticate", "x"), ("X-Forwarded-For", "6.6.6.6"),
        ("X-Forwarded-Host", "evil"), ("Forwarded", "for=6.6.6.6"),
        ("x-host", "other.example"), ("x-host", "evil host"), ("x-host", "u@evil"), ("x-host", "a,b"), ("x-host", "\u00E9"),
        ("x-host", "a:1:2"), ("Transfer-Encoding", "chunked"),
        ("Transfer-Encoding", "identity"), ("Transfer-Encoding", "gzip, chunked"), ("Transfer-Encoding", "\vchunked"),
        ("Transfer-Encoding", "chunked, chunked"), ("Transfer-encoding", "xchunked"),
        ("Content-Length", "0"), ("Content-Length", "5"), ("Content-Length", "+5"), ("Content-Length", "5, 5"), ("Content-Length", "0x5"),
        ("Content-Length", "99999999999999999999"), ("Content-Length", "-1"),
        ("X-A", "caf\u00C3\u00A9"), ("X-A", "\u00FF"), ("X-A", "a\0b"), ("X-A", "a\rb"), ("X-A", "a\nb"), ("X-A", "\x01"), ("X-A", "\x7F"),
        ("X-A", "a\r\nX-Evil: 1"), ("X-A", ""), ("X-A", " \t"),
        ("X A", "b"), ("X\u00C9", "b"), ("", "b"), ("X:A", "b"), ("X-A\t", "b"), (" X-A", "b"), ("X(A", "b"), ("X-A\r\nX-Evil", "1"),
        ("Expect", "x"), ("Content-Encoding", "gzip"), ("Range", "bytes=0-1"),
        ("X-HTTP-Method-Override", "DELETE"), ("traceparent", "00-x"), ("grpc-timeout", "1S"), ("X-Mesh-Mirror", "true"),
        ("x-mesh-route", "a"),
    ];

    private static readonly string[] Hosts = ["gateway", "gateway:80", "GATEWAY.", "evil host", "u@h", "", "a/b", "[::1]", "\u00E9", "a\0",
        "x,y", "127.0.0.1:99999"];

    /// <summary>One of these.</summary>
    public T One<T>(IReadOnlyList<T> all) => all[random.Next(all.Count)];

    /// <summary>Whether a share of requests is meant.</summary>
    public bool Hits(double share) => random.NextDouble() < share;

    /// <summary>A method.</summary>
    public string Method() => Hits(0.7) ? Methods[random.Next(5)] : Spoilt(One(Methods), 0.05);

    /// <summary>A path below a service's name, with a query.</summary>
    public string Path(string id)
    {
        var path = new StringBuilder();
        var count = random.Next(5);
        for (var i = 0; i < count; i++)
            path.Append(Hits(0.93) ? "/" : One(["", "//", "\\", "/./"])).Append(Hits(0.75) ? Segments[random.Next(3)] : One(Segments));
        if (Hits(0.5))
            path.Append('/').Append(id);
        if (Hits(0.01))
            path.Append('/').Append('a', random.Next(9000));
        return Spoilt(path.Append(One(Queries)).ToString(), 0.1);
    }

    /// <summary>A <c>Host</c>: the one that is right, mostly.</summary>
    public string Host(string right) => Hits(0.92) ? right : One(Hosts);

    /// <summary>Fields of a head.</summary>
    public List<(string Name, string Value)> Headers(string id)
    {
        var fields = new List<(string, string)> { ("x-canary", id) };
        for (var i = random.Next(4); i > 0; i--)
        {
            var (name, value) = Hits(0.6) ? Fields[random.Next(7)] : One(Fields);
            fields.Add((Spoilt(name, 0.02), Spoilt(value, 0.05)));
        }

        for (var i = Hits(0.25) ? random.Next(1, 3) : 0; i > 0; i--)
        {
            fields.Add((One(["Connection", "connection", "CONNECTION"]), One(ConnectionValues)));
            fields.Add((One(["X-Hop", "x-hop"]), id));
        }

        if (Hits(0.01))
            fields.AddRange(Enumerable.Range(0, random.Next(150)).Select(i => ($"x-many-{i}", id)));
        for (var i = fields.Count - 1; i > 0; i--)
        {
            var other = random.Next(i + 1);
            (fields[i], fields[other]) = (fields[other], fields[i]);
        }

        return fields;
    }

    /// <summary>A body that would be a request to whoever loses count, for what no request may reach.</summary>
    public string Body(string id) =>
        Hits(0.2)
            ? ""
            : string.Concat(
                Enumerable.Repeat($"GET /admin/smuggled HTTP/1.1\r\nHost: x\r\nX-Canary: {id}\r\n\r\n",
                    random.Next(1, Hits(0.05) ? 200 : 4)));

    /// <summary>A body in chunks, most of them right.</summary>
    public string Chunked(string body)
    {
        var chunks = new StringBuilder();
        for (var at = 0; at < body.Length;)
        {
            var length = Math.Min(body.Length - at, random.Next(1, 60));
            var size = length.ToString(Hits(0.5) ? "x" : "X", CultureInfo.InvariantCulture);
            if (Hits(0.01))
                size = One([$"0{size}", $"{size};a=b", $"{size};a=\nb", $" {size}", $"{size} ", $"0x{size}", $"+{size}", $"-{size}",
                    $"{size}\n", "ffffffffffffffff0", $"{size};\r"]);
            chunks.Append(size).Append(Hits(0.995) ? "\r\n" : "\n")
                .Append(body, at, length).Append(Hits(0.997) ? "\r\n" : One(["\n", "", "\r", "xx"]));
            at += length;
        }

        return chunks.Append("0\r\n")
            .Append(Hits(0.9) ? "" : One(["x-t: 1\r\n", "Content-Length: 5\r\n", "x t: 1\r\n", "x-t: a\0\r\n", ": x\r\n"])).Append("\r\n")
            .ToString();
    }

    /// <summary>A whole request of HTTP/1.1.</summary>
    /// <param name="target">What stands before the path: nothing, or the begin of an absolute form, and the service's name.</param>
    /// <param name="host">The host that is right.</param>
    /// <param name="id">Its mark.</param>
    public string Http1(string target, string host, string id)
    {
        var method = Method();
        var fields = Headers(id);
        if (Hits(0.97))
            fields.Insert(random.Next(fields.Count + 1), ("Host", Host(host)));
        if (Hits(0.01))
            fields.Add(("Host", host));
        var body = "";
        if (method is not ("GET" or "HEAD") || Hits(0.1))
        {
            body = Body(id);
            if (Hits(0.5))
            {
                fields.Add((One(["Content-Length", "content-length"]),
                    (body.Length + (Hits(0.03) ? random.Next(-5, 5) : 0)).ToString(CultureInfo.InvariantCulture)));
            }
            else
            {
                fields.Add(("Transfer-Encoding",
                    Hits(0.95) ? "chunked" : One(["Chunked", " chunked", "chunked ", "chunked;a", "x, chunked"])));
                body = Chunked(body);
            }
        }

        if (Hits(0.5))
            fields.Add(("Connection", "close"));
        var head = new StringBuilder(
            $"{method} {target}{Path(id)} "
                + $"{(Hits(0.97) ? "HTTP/1.1" : One(["HTTP/1.0", "HTTP/2.0", "http/1.1", "HTTP/1.1 ", "HTTP/1.2", ""]))}\r\n");
        foreach (var (name, value) in fields)
        {
            head.Append(name).Append(Hits(0.97) ? ": " : One([":", " : ", ":\t", ": \r\n ", ":\r\n\t", "\0: "])).Append(value)
                .Append(Hits(0.995) ? "\r\n" : One(["\n", "\r", "\r\r\n", " \r\n", "\r\n folded\r\n", "\0\r\n"]));
        }

        return Spoilt(head.Append("\r\n").ToString(), 0.05) + body;
    }

    /// <summary>The fields of a request of HTTP/2.</summary>
    public List<(string Name, string Value)> Http2(string service, string host, string id, out string? body)
    {
        var method = Method();
        body = method is "POST" or "PUT" or "PATCH" || Hits(0.2) ? Body(id) : null;
        var fields = new List<(string Name, string Value)>
        {
            (":method", method), (":scheme", Hits(0.98) ? "http" : One(["https", "ftp", "", "h\u00E9"])), (":authority", Host(host)),
            (":path", $"{service}{Path(id)}"),
        };
        if (Hits(0.03))
            fields.RemoveAt(random.Next(4));
        if (Hits(0.02))
            fields.Add(fields[random.Next(fields.Count)]);
        if (Hits(0.02))
            fields.Add((One([":protocol", ":status", ":x", ":"]), One(["websocket", "200", ""])));
        fields.AddRange(Headers(id).Select(f => (Hits(0.97) ? f.Name.ToLowerInvariant() : f.Name, f.Value)));
        if (body is not null && Hits(0.3))
            fields.Add(("content-length", $"{body.Length + (Hits(0.1) ? random.Next(-3, 3) : 0)}"));
        if (Hits(0.03))
            fields.Add(("host", One([host, "evil"])));
        if (Hits(0.02))
            (fields[0], fields[^1]) = (fields[^1], fields[0]);
        return fields;
    }

    // Any byte, anywhere.
    private string Spoilt(string text, double share)
    {
        if (!Hits(share))
            return text;
        var spoilt = new StringBuilder(text);
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(spoilt.Length + 1);
            var c = (char)random.Next(256);
            if (Hits(0.5) || at == spoilt.Length)
                spoilt.Insert(at, c);
            else
                spoilt[at] = c;
        }

        return spoilt.ToString();
    }
}
