using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Configuration;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Proxy.Fuzz;

/// <summary>
/// A gateway and a sidecar between made-up requests and upstreams that record what they are sent, over both versions of HTTP on either
/// side. Each request bears a mark of its own, so that one caller's bytes in another's request are seen.
/// </summary>
internal sealed partial class HeadFuzz : IAsyncDisposable
{
    private static readonly TimeSpan HalfARequest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan NoAnswer = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, RecordingUpstream> _upstreams = [];
    private readonly ConcurrentDictionary<string, SentHead> _sent = new();
    private readonly ConcurrentQueue<string> _findings = new();
    private GatewayFixture _mesh = null!;
    private RunningGateway _sidecar = null!;
    private readonly HeadJudge _judge;

    private HeadFuzz() => _judge = new HeadJudge(_upstreams, _sent, _findings);

    /// <summary>How many requests had an answer, and how many of them reached an upstream.</summary>
    public (long Answered, long Forwarded) Counts => _judge.Counts;

    public static async Task<HeadFuzz> Start()
    {
        var fuzz = new HeadFuzz { _mesh = new GatewayFixture() };
        await fuzz._mesh.InitializeAsync();
        fuzz._sidecar = await RunningGateway.Start(fuzz._mesh.ControlPlane.Address, null, "--Mesh:Sidecar:Service=web",
            "--Mesh:Sidecar:WaitFor=00:00:30");
        foreach (var http2 in (bool[])[false, true])
        {
            var version = http2 ? "2" : "1";
            foreach (var service in (string[])[$"mirror{version}", $"plain{version}", $"guard{version}"])
            {
                fuzz._upstreams[service] = RecordingUpstream.Start(http2);
                await fuzz._mesh.Serve(service, http2 ? "grpc" : "http", (fuzz._upstreams[service].Port, 1));
            }

            // A part of the answers is such as a policy has asked for another attempt.
            var turn = 0;
            fuzz._upstreams[$"guard{version}"].Answer = _ => Interlocked.Increment(ref turn) % 5 == 0 ? 503 : 200;
            await fuzz._mesh.Route($"guard{version}", host => GuardRules.Apply(host, $"mirror{version}"));
        }

        foreach (var service in fuzz._upstreams.Keys)
        {
            using var http = new HttpClient { BaseAddress = fuzz._sidecar.Address, DefaultRequestHeaders = { Host = service } };
            await Eventually.True(async () => (int)(await http.GetAsync("/re/x")).StatusCode == 200, NoAnswer,
                $"the sidecar knows {service}");
        }

        foreach (var upstream in fuzz._upstreams.Values)
            upstream.Requests.Clear();
        return fuzz;
    }

    /// <summary>Sends requests, several callers at once, and gives what is wrong with what came of them.</summary>
    /// <param name="seed">The same seed makes the same requests.</param>
    /// <param name="callers">How many callers.</param>
    /// <param name="requests">How many requests each sends.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<IReadOnlyList<string>> Round(int seed, int callers, int requests, CancellationToken cancel)
    {
        _sent.Clear();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => Call(seed, caller, requests, cancel), cancel)));
        await Settled();
        _judge.Judge();
        var findings = _findings.Select(f => $"seed {seed}: {f}").ToList();
        _findings.Clear();
        return findings;
    }

    public async ValueTask DisposeAsync()
    {
        await _sidecar.DisposeAsync();
        await _mesh.DisposeAsync();
        foreach (var upstream in _upstreams.Values)
            await upstream.DisposeAsync();
    }

    private async Task Call(int seed, int caller, int requests, CancellationToken cancel)
    {
        var random = TestSeed.DrawsOf(HeadMark.HashCode(seed, caller), 0);
        var generator = new HeadGenerator(random);
        var connections = new Dictionary<int, RawHttp2>();
        try
        {
            for (var i = 0; i < requests && !cancel.IsCancellationRequested; i++)
            {
                var id = HeadMark.Of(seed, caller, i);
                var service = generator.One(["plain1", "plain2", "guard1", "guard2"]);
                var isSidecar = generator.Hits(0.3);
                var port = (isSidecar ? _sidecar : _mesh.Gateway).Address.Port;
                if (generator.Hits(0.5))
                    await CallHttp1(generator, port, service, isSidecar, id, cancel);
                else
                    await CallHttp2(generator, connections, port, service, isSidecar, id, cancel);
            }
        }
        finally
        {
            foreach (var connection in connections.Values)
                await connection.DisposeAsync();
        }
    }

    private async Task CallHttp1(HeadGenerator generator, int port, string service, bool isSidecar, string id, CancellationToken cancel)
    {
        var host = isSidecar ? service : $"{service}.mesh";
        var (target, right) = generator.One<(string, string)>([($"/{service}", "gateway"), ("", host), ($"http://{host}", host)]);
        if (isSidecar && right == "gateway")
            (target, right) = ("", host);
        var text = generator.Http1(target, right, id);
        var sent = _sent[id] = new SentHead(text, false, isSidecar, HopLine().IsMatch(text.Split("\r\n\r\n")[0] + "\r\n"));
        sent.Status = await Http1(port, text, cancel);
    }

    private async Task CallHttp2(
        HeadGenerator generator, Dictionary<int, RawHttp2> connections, int port, string service, bool isSidecar, string id,
        CancellationToken cancel)
    {
        var byPath = !isSidecar && generator.Hits(0.5);
        var fields = generator.Http2(byPath ? $"/{service}" : "", byPath ? "gateway" : isSidecar ? service : $"{service}.mesh", id,
            out var body);
        var sent = _sent[id] = new SentHead($"{string.Join('\n', fields.Select(f => $"{f.Name}: {f.Value}"))}\n\n{body}", true, isSidecar,
            false);
        if (!connections.TryGetValue(port, out var connection))
            connections[port] = connection = await RawHttp2.Connect(port, cancel);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        late.CancelAfter(NoAnswer);
        RawAnswer answer;
        try
        {
            answer = await connection.Send(fields, body is null ? null : Encoding.Latin1.GetBytes(body), late.Token);
        }
        catch (IOException)
        {
            // The gateway has ended the connection for what came before.
            answer = new RawAnswer(0, "", [], null, true);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            _findings.Enqueue($"no answer in {NoAnswer} to\n{sent.Text}");
            answer = new RawAnswer(0, "", [], null, true);
        }

        sent.Status = answer.Status;
        if (answer.ConnectionEnded && connections.Remove(port))
            await connection.DisposeAsync();
    }

    /// <summary>Sends bytes on a connection of their own, and reads the first answer's status; 0 where there is none.</summary>
    private static async Task<int> Http1(int port, string text, CancellationToken cancel)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port, cancel);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        late.CancelAfter(HalfARequest);
        var stream = client.GetStream();
        var head = new StringBuilder();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(text), late.Token);
            var buffer = new byte[4096];
            while (await stream.ReadAsync(buffer, late.Token) is > 0 and var read)
            {
                head.Append(Encoding.Latin1.GetString(buffer, 0, read));
                if (StatusLine().Matches(head.ToString())
                    .FirstOrDefault(m => m.Groups[1].Value[0] != '1' || m.Groups[1].Value == "101") is { } line)
                    return int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture);
            }
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            // Ended by the gateway, or half a request, which nobody answers.
        }

        return 0;
    }

    /// <summary>
    /// Waits until neither proxy has anything on its way to an upstream, and has begun nothing since the last look: copies of requests with
    /// a body are sent when those are answered.
    /// </summary>
    private Task Settled()
    {
        var before = -1L;
        return Eventually.True(() =>
        {
            EndpointState[] endpoints = [.. EndpointsOf(_mesh.Gateway), .. EndpointsOf(_sidecar)];
            var (begun, last) = (endpoints.Sum(e => e.Requests), before);
            before = begun;
            return begun == last && endpoints.All(e => e.InFlight == 0);
        }, NoAnswer, "no request and no copy is on its way");
    }

    private static IEnumerable<EndpointState> EndpointsOf(RunningGateway gateway) =>
        gateway.Services.GetRequiredService<ConfigState>().Snapshot.Clusters.Values.SelectMany(c => c.Endpoints).Select(e => e.State);

    [GeneratedRegex(@"HTTP/1\.1 (\d\d\d) ")]
    private static partial Regex StatusLine();

    [GeneratedRegex(
        @"\r\nconnection: (?:x-hop|close, x-hop|x-hop,close|keep-alive , x-hop|x-hop,,close|,x-hop|upgrade, x-hop|te, "
            + @"x-hop|content-type, x-hop)\r\n(?![ \t])", RegexOptions.IgnoreCase)]
    private static partial Regex HopLine();
}
