using System.Net;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Probing.Probes;
using Mesh.Tests.Support;
using Mesh.Tests.Worker.Support;

namespace Mesh.Tests.Worker.Probing;

public class HttpProbeTests
{
    private readonly Prober _prober = new(TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("200 OK", ProbeOutcome.Pass, "")]
    [InlineData("204 No Content", ProbeOutcome.Pass, "")]
    [InlineData("429 Too Many Requests", ProbeOutcome.Warn, "HTTP 429")]
    [InlineData("301 Moved Permanently", ProbeOutcome.Fail, "HTTP 301")]
    [InlineData("404 Not Found", ProbeOutcome.Fail, "HTTP 404")]
    [InlineData("503 Service Unavailable", ProbeOutcome.Fail, "HTTP 503")]
    public async Task A_status_of_2xx_passes_429_warns_and_all_else_fails(string status, ProbeOutcome outcome, string detail)
    {
        await using var target = new TestTarget(
            TestTarget.Answering($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:1/\r\n\r\n"));
        Assert.Equal(new ProbeResult(outcome, detail), await _prober.ProbeAsync(target.Check(HealthCheckKind.Http), Cancel));
        Assert.Equal(1, target.Accepted);
    }

    [Fact]
    public async Task A_probe_asks_for_the_path_under_the_registered_name_on_a_connection_of_its_own()
    {
        var requests = new List<string>();
        await using var target = new TestTarget(TestTarget.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", requests.Add));
        var check = target.Check(HealthCheckKind.Http, "/health?deep=1", host: "shop.internal");
        await _prober.ProbeAsync(check, Cancel);
        await _prober.ProbeAsync(check, Cancel);
        Assert.Equal(2, target.Accepted);
        Assert.All(requests, request => Assert.StartsWith("GET /health?deep=1 HTTP/1.1\r\n", request, StringComparison.Ordinal));
        Assert.All(requests, request => Assert.Contains($"Host: shop.internal:{target.Port}\r\n", request, StringComparison.Ordinal));
        Assert.All(requests, request => Assert.DoesNotContain("traceparent", request, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Where_nobody_listens_the_connection_is_refused()
    {
        var result = await _prober.ProbeAsync(TestTarget.At(FreePort.Next(), HealthCheckKind.Http), Cancel);
        Assert.Equal(ProbeResult.Fail("connection refused"), result);
    }

    [Fact]
    public async Task A_target_that_never_answers_fails_after_the_timeout()
    {
        await using var target = new TestTarget((_, cancel) => Task.Delay(Timeout.Infinite, cancel));
        Assert.Equal(ProbeResult.Fail("no answer within 300 ms"),
            await _prober.ProbeAsync(target.Check(HealthCheckKind.Http, timeoutMs: 300), Cancel));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Slow: ")]
    public async Task The_timeout_covers_headers_and_body_that_only_trickle(string start)
    {
        await using var target = new TestTarget(async (stream, cancel) =>
        {
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(start), cancel);
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (await timer.WaitForNextTickAsync(cancel)) await stream.WriteAsync("a"u8.ToArray(), cancel);
        });
        Assert.Equal(ProbeResult.Fail("no answer within 300 ms"),
            await _prober.ProbeAsync(target.Check(HealthCheckKind.Http, timeoutMs: 300), Cancel));
        await Eventually.True(() => target.Closed == 1, TimeSpan.FromSeconds(60), "the connection is closed");
    }

    [Fact]
    public async Task Of_gigabytes_only_64_KiB_are_read_and_the_connection_is_closed()
    {
        long sent = 0;
        await using var target = new TestTarget(async (stream, cancel) =>
        {
            await TestTarget.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n")(stream, cancel);
            var chunk = new byte[64 * 1024];
            while (true)
            {
                await stream.WriteAsync(chunk, cancel);
                Interlocked.Add(ref sent, chunk.Length);
            }
        });
        Assert.Equal(ProbeResult.Pass, await _prober.ProbeAsync(target.Check(HealthCheckKind.Http), Cancel));
        await Eventually.True(() => target.Closed == 1, TimeSpan.FromSeconds(60), "the connection is closed");

        // What the kernel's buffers on both ends take up is sent; gigabytes are not.
        Assert.InRange(Interlocked.Read(ref sent), 64 * 1024, 32 * 1024 * 1024);
    }

    [Theory]
    [InlineData("this is not HTTP\r\n\r\n")]
    [InlineData("HTTP/1.1 20x OK\r\n\r\n")]
    [InlineData("")]
    public async Task Nonsense_is_a_failed_probe_and_nothing_else(string answer)
    {
        await using var target = new TestTarget(TestTarget.Answering(answer));
        var result = await _prober.ProbeAsync(target.Check(HealthCheckKind.Http), Cancel);
        Assert.Equal(ProbeOutcome.Fail, result.Outcome);
        Assert.InRange(result.Detail.Length, 1, 200);
        Assert.DoesNotContain("20x", result.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("this is", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_target_says_is_kept_on_one_line_and_short()
    {
        Assert.Equal("a\\n\\u2028\\u001B", ProbeResult.Fail("a\n\u2028\u001B").Detail);
        Assert.Equal(200, ProbeResult.Warn(new string('\n', 300)).Detail.Length);
        Assert.EndsWith("a…", ProbeResult.Fail(new string('a', 300)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endless_headers_are_cut_off()
    {
        await using var target = new TestTarget(async (stream, cancel) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), cancel);
            var line = System.Text.Encoding.ASCII.GetBytes($"X-More: {new string('a', 1000)}\r\n");
            while (true) await stream.WriteAsync(line, cancel);
        });
        Assert.Equal(ProbeOutcome.Fail, (await _prober.ProbeAsync(target.Check(HealthCheckKind.Http), Cancel)).Outcome);
        await Eventually.True(() => target.Closed == 1, TimeSpan.FromSeconds(60), "the connection is closed");
    }

    [Fact]
    public async Task A_target_that_closes_without_an_answer_is_asked_once()
    {
        await using var target = new TestTarget(
            async (stream, cancel) => await stream.ReadAtLeastAsync(new byte[4096], 1, cancellationToken: cancel));
        var result = await _prober.ProbeAsync(target.Check(HealthCheckKind.Http), Cancel);
        Assert.Equal((ProbeOutcome.Fail, 1), (result.Outcome, target.Accepted));
        Assert.StartsWith("the connection ended before an answer began", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_name_without_known_addresses_fails_without_being_looked_up()
    {
        var result = await _prober.ProbeAsync(TestTarget.At(80, HealthCheckKind.Http, host: "shop.internal") with { Addresses = [] },
            Cancel);
        Assert.Equal(ProbeResult.Fail("host name shop.internal is not resolved"), result);
    }

    [Fact]
    public async Task The_first_address_that_accepts_is_probed()
    {
        await using var target = new TestTarget(TestTarget.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        var check = target.Check(HealthCheckKind.Http, host: "shop.internal") with
        {
            Addresses = [IPAddress.Parse("127.0.0.9"), IPAddress.Loopback],
        };
        Assert.Equal(ProbeResult.Pass, await _prober.ProbeAsync(check, Cancel));
    }
}
