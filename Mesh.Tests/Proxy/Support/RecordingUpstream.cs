using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Tests.Proxy.Support;

/// <summary>A request as an upstream has read it, all text one character a byte.</summary>
internal sealed record RecordedRequest(string Method, string Target, IReadOnlyList<(string Name, string Value)> Headers, string Body)
{
    public string? Header(string name) => Headers.FirstOrDefault(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    public override string ToString() => $"{Method} {Target}\n{string.Join('\n', Headers.Select(h => $"{h.Name}: {h.Value}"))}\n\n{Body}";
}

/// <summary>
/// An upstream that reads each byte itself and forgives nothing: what is not a valid request to the letter of the RFCs is a fault. It
/// answers each with 200.
/// </summary>
internal sealed partial class RecordingUpstream : IAsyncDisposable
{
    private static readonly byte[] Preface = "PRI * HTTP/2.0"u8.ToArray();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Task, bool> _connections = new();
    private readonly bool _http2;
    private readonly Task _accepting;

    private RecordingUpstream(bool http2)
    {
        _http2 = http2;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = Accept();
    }

    public int Port { get; }

    /// <summary>What was asked, in the order in which it was read.</summary>
    public ConcurrentQueue<RecordedRequest> Requests { get; } = new();

    /// <summary>What was not a valid request.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    /// <summary>The status to answer a request with. <value>200</value></summary>
    public Func<RecordedRequest, int> Answer { get; set; } = _ => 200;

    /// <summary>Lines to put into the head of each answer over HTTP/1.1.</summary>
    public string AnswerLines { get; init; } = "";

    /// <summary>Fields to put into the head of each answer over HTTP/2.</summary>
    public IReadOnlyList<(string Name, string Value)> AnswerFields { get; set; } = [];

    /// <summary>Fields of the trailers of each answer over HTTP/2.</summary>
    public IReadOnlyList<(string Name, string Value)> AnswerTrailers { get; set; } = [];

    /// <summary>The body of each answer over HTTP/2. <value>ok</value></summary>
    public string AnswerBody { get; set; } = "ok";

    /// <summary>Starts one that speaks HTTP/1.1, or cleartext HTTP/2 alone.</summary>
    public static RecordingUpstream Start(bool http2 = false, string answerLines = "") => new(http2) { AnswerLines = answerLines };

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        // First the loop, then what it accepts from.
        await _accepting;
        _listener.Stop();
        await Task.WhenAll(_connections.Keys);
        _end.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                var serving = Serve(client);
                _connections[serving] = true;
                _ = serving.ContinueWith(done => _connections.TryRemove(done, out _), TaskScheduler.Default);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var disposed = client;
        var stream = client.GetStream();
        try
        {
            // A gRPC call is HTTP/2 wherever it goes.
            await (_http2 || await BeginsHttp2(client) ? RecordingHttp2.Serve(stream, this, _end.Token) : Http1(stream));
        }
        catch (InvalidDataException e)
        {
            Faults.Enqueue(e.Message);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or EndOfStreamException)
        {
            // The gateway has closed the connection.
        }
    }

    private async Task<bool> BeginsHttp2(TcpClient client)
    {
        var first = new byte[Preface.Length];
        while (await client.Client.ReceiveAsync(first, SocketFlags.Peek, _end.Token) is > 0 and var length)
        {
            if (!Preface.AsSpan().StartsWith(first.AsSpan(0, length)))
                return false;
            if (length == first.Length)
                return true;
            await Task.Delay(1, _end.Token);
        }

        return false;
    }

    private async Task Http1(NetworkStream stream)
    {
        var reader = new ByteReader(stream, _end.Token);
        while (await reader.Head() is { } head)
        {
            var request = Read(head);
            if (request.Header("transfer-encoding") is { } coding)
            {
                Check(coding == "chunked" && request.Header("content-length") is null, $"Both or unknown framing in:\n{head}");
                request = request with { Body = await reader.Chunks() };
            }
            else if (request.Header("content-length") is { } length)
            {
                Check(length.All(char.IsAsciiDigit), $"A length of '{length}'");
                request = request with { Body = await reader.Text(int.Parse(length)) };
            }

            Requests.Enqueue(request);
            var status = Answer(request);
            var body = request.Method == "HEAD" ? "" : "ok";
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 {status} Said\r\nContent-Length: 2\r\n{AnswerLines}\r\n{body}"),
                _end.Token);
        }
    }

    /// <summary>Reads a head to the letter of RFC 9112.</summary>
    private static RecordedRequest Read(string head)
    {
        var lines = head.Split("\r\n");
        var first = RequestLine().Match(lines[0]);
        Check(first.Success, $"No request line: '{lines[0]}'");
        var headers = lines.Skip(1).Select(line =>
        {
            var field = Field().Match(line);
            Check(field.Success, $"No field: '{line}' in:\n{head}");
            return (field.Groups[1].Value, field.Groups[2].Value);
        }).ToList();
        Check(headers.Count(h => h.Item1.Equals("host", StringComparison.OrdinalIgnoreCase)) == 1, $"Not one Host in:\n{head}");
        Check(headers.Count(h => h.Item1.ToLowerInvariant() is "content-length" or "transfer-encoding") <= 1,
            $"Not one framing in:\n{head}");
        return new RecordedRequest(first.Groups[1].Value, first.Groups[2].Value, headers, "");
    }

    internal static void Check(bool holds, string fault)
    {
        if (!holds)
            throw new InvalidDataException(fault);
    }

    [GeneratedRegex(@"^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (/[!-""$-~]*|\*) HTTP/1\.1\z")]
    private static partial Regex RequestLine();

    [GeneratedRegex(
        @"^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*((?:[!-~\u0080-\u00FF](?:[ \t!-~\u0080-\u00FF]*[!-~\u0080-\u00FF])?)?)[ \t]*\z")]
    private static partial Regex Field();

    /// <summary>Reads bytes as characters of one byte each.</summary>
    private sealed class ByteReader(NetworkStream stream, CancellationToken cancel)
    {
        private readonly byte[] _buffer = new byte[16 * 1024];
        private int _at;
        private int _end;

        /// <summary>A request's head without the empty line behind it; null where the connection ends before one begins.</summary>
        public async ValueTask<string?> Head()
        {
            var head = new StringBuilder();
            while (await Next(head.Length == 0) is { } c)
            {
                head.Append((char)c);
                if (c == '\n' && head.Length >= 4 && head.ToString(head.Length - 4, 4) == "\r\n\r\n")
                    return head.ToString(0, head.Length - 4);
                Check(head.Length <= 256 * 1024, "A head without end");
            }

            return null;
        }

        public async ValueTask<string> Text(int length)
        {
            var text = new StringBuilder(length);
            for (var i = 0; i < length; i++)
                text.Append((char)(await Next(false))!.Value);
            return text.ToString();
        }

        public async ValueTask<string> Chunks()
        {
            var text = new StringBuilder();
            while (true)
            {
                var size = await Line();
                Check(size.Length is > 0 and < 9 && size.All(char.IsAsciiHexDigit), $"A chunk's size of '{size}'");
                var length = Convert.ToInt32(size, 16);
                if (length == 0)
                {
                    while (await Line() is { Length: > 0 } trailer)
                        Check(Field().IsMatch(trailer), $"No trailer: '{trailer}'");
                    return text.ToString();
                }

                text.Append(await Text(length));
                Check(await Line() is "", "A chunk is longer than it says");
            }
        }

        private async ValueTask<string> Line()
        {
            var line = new StringBuilder();
            while (true)
            {
                line.Append((char)(await Next(false))!.Value);
                if (line.Length >= 2 && line[^1] == '\n' && line[^2] == '\r')
                    return line.ToString(0, line.Length - 2);
            }
        }

        private async ValueTask<byte?> Next(bool mayEnd)
        {
            if (_at == _end)
            {
                (_at, _end) = (0, await stream.ReadAsync(_buffer, cancel));
                if (_end == 0)
                    return mayEnd ? null : throw new EndOfStreamException();
            }

            return _buffer[_at++];
        }
    }
}
