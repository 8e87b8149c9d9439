using System.Net.Sockets;
using System.Text;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Tests.Worker.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Proxy;

/// <summary>The line that each request is in the access log, and what metrics say of the same request.</summary>
public class AccessLogTests : IAsyncLifetime
{
    private readonly LogLines _lines = new();
    private TestControlPlane _controlPlane = null!;
    private RunningGateway _gateway = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _controlPlane = await TestControlPlane.Start();
        _gateway = await RunningGateway.Start(
            _controlPlane.Address, null, "--Mesh:Gateway:AccessLog=true", "--Logging:LogLevel:Mesh.Proxy.Forwarding=Information",
            "--Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel=Error");
        _gateway.Services.GetRequiredService<ILoggerFactory>().AddProvider(_lines);
    }

    public async ValueTask DisposeAsync()
    {
        _lines.Dispose();
        await _gateway.DisposeAsync();
        await _controlPlane.DisposeAsync();
    }

    [Fact]
    public async Task It_says_what_was_asked_of_whom_and_what_was_answered_and_not_the_query()
    {
        await using var upstream = await TestUpstream.Named("ok");
        await Serve("logged", upstream.Port);
        await _gateway.Http.GetStringAsync("/logged/a?secret=1", Cancel);
        Assert.StartsWith($"GET /a service=logged route=default status=200 endpoint=127.0.0.1:{upstream.Port} attempts=1 fallback= "
            + "reason= ms=", await Line());
    }

    [Fact]
    public async Task A_request_that_its_client_gave_up_is_a_499()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = new TestTarget(async (stream, cancel) =>
        {
            await stream.ReadExactlyAsync(new byte[1], cancel);
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, cancel);
        });
        await Serve("given-up", upstream.Port);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var answered = _gateway.Http.GetAsync("/given-up/", patience.Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answered);
        var line = await Line();
        Assert.StartsWith("GET / service=given-up route=default status=499", line);
        Assert.Contains(" reason=client-gone ", line);
    }

    [Theory]
    [InlineData("reset", "Content-Length: 100\r\n\r\nabc")]
    [InlineData("end", "Content-Length: 100\r\n\r\nabc")]
    [InlineData("reset", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")]
    [InlineData("end", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")]
    public async Task A_client_that_goes_while_it_sends_its_body_is_a_499(string how, string rest)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await TestUpstream.Start(async context =>
        {
            asked.TrySetResult();
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        });
        await Serve("half", upstream.Port);
        using (var client = new TcpClient())
        {
            await client.ConnectAsync("127.0.0.1", _gateway.Address.Port, Cancel);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /half/ HTTP/1.1\r\nHost: gateway\r\n{rest}"), Cancel);
            await asked.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
            if (how == "reset")
                client.LingerState = new LingerOption(true, 0);
        }

        var line = await Line("POST");
        Assert.Contains(" status=499 ", line);
        Assert.Contains(" reason=client-gone ", line);
        Assert.DoesNotContain(_lines.All, one => one.Contains("unhandled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_that_the_endpoint_breaks_off_has_its_status_and_why_it_is_not_whole()
    {
        using var counts = new GatewayCounts(_gateway);
        await using var upstream = new TcpServer(async (socket, cancel) =>
        {
            await socket.ReceiveAsync(new byte[4096], cancel);
            await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"u8.ToArray(), cancel);
            socket.Close();
        });
        await Serve("broken", upstream.Port);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _gateway.Http.GetStringAsync("/broken/", Cancel));
        var line = await Line();
        Assert.StartsWith("GET / service=broken route=default status=200", line);
        Assert.Contains(" reason=upstream-failed ", line);
        await counts.Within(1, 1, "request.duration", "broken", "2xx", "upstream-failed");
    }

    [Fact]
    public async Task A_request_that_the_gateway_answers_itself_has_the_reason_of_its_answer()
    {
        using var counts = new GatewayCounts(_gateway);
        await Serve("absent", FreePort.Next());
        using var response = await _gateway.Http.GetAsync("/absent/", Cancel);
        Assert.Contains(" status=503 ", await Line());
        Assert.Contains(" reason=unreachable ", await Line());
        await counts.Within(1, 1, "request.duration", "absent", "5xx", "unreachable");
    }

    private async Task Serve(string service, int port)
    {
        _controlPlane.Serve(service, "http", (port, 1));
        await _gateway.Knows(service, 1);
    }

    private async Task<string> Line(string method = "GET")
    {
        IEnumerable<string> Requests() => _lines.All.Where(line => line.StartsWith(method + " /", StringComparison.Ordinal));
        await Eventually.True(() => Requests().Any(), TimeSpan.FromSeconds(60), "the line is written");
        return Assert.Single(Requests());
    }
}
