using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Tests.Worker.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Proxy;

/// <summary>
/// Whose words a client is told where an endpoint's answer cannot be read: the gateway's. What the endpoint has sent is for the log.
/// </summary>
public class UpstreamWordsTests : IAsyncLifetime
{
    private TestControlPlane _controlPlane = null!;
    private RunningGateway _gateway = null!;
    private LogLines _log = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _controlPlane = await TestControlPlane.Start();
        _gateway = await RunningGateway.Start(_controlPlane.Address, null, "--Logging:LogLevel:Mesh.Proxy.Forwarding=Debug");
        _gateway.Services.GetRequiredService<ILoggerFactory>().AddProvider(_log = new LogLines());
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _controlPlane.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    public async Task Trailers_that_do_not_go_on_are_logged_without_their_bytes()
    {
        await using var upstream = new TestTarget(
            TestTarget.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: SECRET\u001b[2J\r\n\r\n"));
        await _gateway.Has(_controlPlane.Serve("trailing", "http", (upstream.Port, 1)));
        await _gateway.KnowsPorts("trailing", upstream.Port);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/trailing/")
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await _gateway.Http.SendAsync(request, Cancel);
        Assert.Equal(502, (int)response.StatusCode);
        var line = Assert.Single(_log.All, line => line.Contains("of its trailers, ", StringComparison.Ordinal));
        Assert.StartsWith("The end of an answer for trailing was not passed on: Endpoint 127.0.0.1:", line, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SECRET\u001B[2J this is not HTTP\r\n\r\n", "its answer is not HTTP", "SECRET\\u001B[2J")]
    [InlineData("HTTP/1.1 2SECRET OK\r\n\r\n", "its answer is not HTTP", "'2SE'")]
    [InlineData("HTTP/1.1 200 OK\r\nSECRET without a colon\r\n\r\n", "its answer is not HTTP", "SECRET")]
    [InlineData("HTTP/1.1 200 OK\r\nSEC RET: a\r\n\r\n", "its answer is not HTTP", "SEC RET")]
    [InlineData("HTTP/1.1 205 Reset\r\nTransfer-Encoding: chunked\r\n\r\nSECRET\r\nok\r\n", "its answer is not HTTP", "53-45-43-52-45-54")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: SECRET\r\n\r\n", "", "")]
    [InlineData("HTTP/1.1 200 OK\r\nX-A: SECRET\0\r\nContent-Length: 0\r\n\r\n", "", "")]
    [InlineData("HTTP/1.1 200 SECRET", "the connection ended", "")]
    public async Task What_an_endpoint_sent_that_is_no_answer_is_not_quoted(string answer, string why, string logged)
    {
        await using var upstream = new TestTarget(TestTarget.Answering(answer));
        _controlPlane.Serve("words", "http", (upstream.Port, 1));
        await _gateway.KnowsPorts("words", upstream.Port);
        using var response = await _gateway.Http.PostAsync("/words/", null, Cancel);
        var told = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.BadGateway, told);
        Assert.DoesNotContain("SEC", told);
        Assert.DoesNotContain("SEC", response.Headers.ToString());
        Assert.StartsWith($"Endpoint 127.0.0.1:{upstream.Port} of service 'words': {why}", (string?)JsonNode.Parse(told)!["detail"]);
        await Eventually.True(() => _log.All.Any(l => l.Contains("failed at") && l.Contains(logged)), TimeSpan.FromSeconds(60),
            "the log has it");
        Assert.DoesNotContain(_log.All, l => l.Any(char.IsControl));
    }

    [Fact]
    public async Task Nor_is_it_to_a_gRPC_call()
    {
        await using var upstream = new TestTarget(
            TestTarget.Answering("SECRET is not a frame of HTTP/2, and is longer than the head of one\r\n\r\n"));
        _controlPlane.Serve("frames", "grpc", (upstream.Port, 1));
        await _gateway.KnowsPorts("frames", upstream.Port);
        // Whether the client's first stream or the end of the connection comes first is left to chance; either way it is the endpoint that
        // is at fault.
        for (var i = 0; i < 60; i++)
        {
            using var call = new HttpRequestMessage(HttpMethod.Post, "/frames/p.S/M")
            {
                Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } },
            };
            using var answer = await _gateway.Http.SendAsync(call, Cancel);
            Assert.Equal("14", answer.Headers.GetValues("grpc-status").Single());
            Assert.Contains($"127.0.0.1:{upstream.Port}", answer.Headers.GetValues("grpc-message").Single());
            Assert.DoesNotContain("SECRET", answer.Headers.ToString());
        }
    }

    [Fact]
    public async Task The_log_has_a_bounded_part_of_it()
    {
        await using var upstream = new TestTarget(TestTarget.Answering($"{new string('x', 5_000)}\r\n\r\n"));
        _controlPlane.Serve("long", "http", (upstream.Port, 1));
        await _gateway.KnowsPorts("long", upstream.Port);
        using var response = await _gateway.Http.PostAsync("/long/", null, Cancel);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        await Eventually.True(() => _log.All.Any(l => l.Contains("xxx")), TimeSpan.FromSeconds(60), "the log has it");
        Assert.All(_log.All, l => Assert.InRange(l.Length, 1, 1_000));
    }

    [Fact]
    public async Task A_host_outside_the_mesh_is_not_quoted_either()
    {
        await using var outside = new TestTarget(TestTarget.Answering("SECRET\r\n\r\n"));
        await using var sidecar = await RunningGateway.Start(
            _controlPlane.Address, null, "--Mesh:Sidecar:Service=web", "--Mesh:Sidecar:Outside=pass",
            "--Logging:LogLevel:Mesh.Proxy=Debug");
        using var lines = new LogLines();
        sidecar.Services.GetRequiredService<ILoggerFactory>().AddProvider(lines);
        using var http = SidecarFixture.Through(sidecar);
        using var response = await http.GetAsync($"http://127.0.0.1:{outside.Port}/x", Cancel);
        var problem = (await response.Content.ReadFromJsonAsync<JsonNode>(Cancel))!;
        Assert.StartsWith($"'127.0.0.1:{outside.Port}', outside the mesh: its answer is not HTTP", (string?)problem["detail"]);
        Assert.DoesNotContain("SECRET", problem.ToJsonString());
        await Eventually.True(() => lines.All.Any(l => l.Contains("SECRET")), TimeSpan.FromSeconds(60), "the log has it");
    }
}
