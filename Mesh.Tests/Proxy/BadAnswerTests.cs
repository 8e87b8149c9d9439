using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Worker.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

/// <summary>Answers that no client may be sent as they are.</summary>
public class BadAnswerTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("000 None\r\nContent-Length: 0\r\n\r\n", "status 000")]
    [InlineData("099 None\r\nContent-Length: 0\r\n\r\n", "status 099")]
    [InlineData("200 OK\r\nX-A: a\u0001b\r\nContent-Length: 0\r\n\r\n", "the header X-A has a control character in its value")]
    [InlineData("200 OK\r\nX-A: a\u007fb\r\nContent-Length: 0\r\n\r\n", "the header X-A has 0x7F as character 2 of its value")]
    [InlineData("200 OK\r\nX A: a\r\nContent-Length: 0\r\n\r\n", "")]
    [InlineData("200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n", "the header X-A has a control character in its value")]
    [InlineData("200 OK\r\nX-A: a\rb\r\nContent-Length: 0\r\n\r\n", "")]
    [InlineData("200 OK\r\nContent-Type: a\0b\r\nContent-Length: 0\r\n\r\n", "the header Content-Type has a control character")]
    [InlineData("200 OK\r\nLocation: a\rb\r\nContent-Length: 0\r\n\r\n", "")]
    [InlineData("200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "Transfer-Encoding other than 'chunked'")]
    [InlineData("200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n2\r\nok\r\n0\r\n\r\n", "Transfer-Encoding other than 'chunked'")]
    [InlineData("200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "Transfer-Encoding other than 'chunked'")]
    [InlineData("200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "Transfer-Encoding other than 'chunked'")]
    [InlineData("200 OK\r\nTransfer-Encoding: identity\r\n\r\nok", "Transfer-Encoding other than 'chunked'")]
    [InlineData("101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "did not ask for")]
    [InlineData("205 Reset Content\r\nContent-Length: 2\r\n\r\nok", "the status 205 has a body")]
    [InlineData("205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "the status 205 has a body")]
    [InlineData("205 Reset Content\r\n\r\nok", "the status 205 has a body")]
    public async Task An_answer_that_cannot_go_on_is_a_502_that_says_why(string answer, string why)
    {
        await using var upstream = new TestTarget(TestTarget.Answering($"HTTP/1.1 {answer}"));
        var service = $"bad-{Guid.NewGuid():N}"[..20];
        await mesh.Serve(service, "http", (upstream.Port, 1));
        using var response = await mesh.Http.PostAsync($"/{service}/", null, Cancel);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var problem = (await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!;
        Assert.Equal(("upstream-failed", "The endpoint's answer cannot be passed on"),
            ((string?)problem["reason"], (string?)problem["title"]));
        Assert.Contains(why, (string?)problem["detail"], StringComparison.Ordinal);
        Assert.Equal(1, upstream.Accepted);
    }

    [Fact]
    public async Task An_answer_of_HTTP_1_0_with_a_transfer_coding_is_a_502()
    {
        await using var upstream = new TestTarget(
            TestTarget.Answering("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"));
        await mesh.Serve("old-coded", "http", (upstream.Port, 1));
        using var response = await mesh.Http.GetAsync("/old-coded/", Cancel);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("HTTP/1.0", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("204 No Content\r\nContent-Length: 5\r\n\r\nhello", 204)]
    [InlineData("204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 204)]
    [InlineData("205 Reset Content\r\nContent-Length: 0\r\n\r\n", 205)]
    [InlineData("205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 205)]
    [InlineData("304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304)]
    [InlineData("204 No Content\r\n\r\n", 204)]
    [InlineData("999 Whatever\r\nContent-Length: 0\r\n\r\n", 999)]
    public async Task An_answer_of_which_a_header_says_what_cannot_be_goes_on_without_it(string answer, int status)
    {
        await using var upstream = new TestTarget(TestTarget.Answering($"HTTP/1.1 {answer}"));
        var service = $"mended-{Guid.NewGuid():N}"[..20];
        await mesh.Serve(service, "http", (upstream.Port, 1));
        for (var i = 0; i < 3; i++)
        {
            using var response = await mesh.Http.GetAsync($"/{service}/", Cancel);
            Assert.Equal((status, ""), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancel)));
            if (status == 204)
                Assert.False(response.Content.Headers.NonValidated.Contains("Content-Length"));
        }
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("\r")]
    [InlineData("\u0001")]
    public async Task A_trailer_with_a_control_character_breaks_the_answer_off(string character)
    {
        await using var upstream = new TestTarget(
            TestTarget.Answering($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: a{character}b\r\n\r\n"));
        var service = $"trail-{Guid.NewGuid():N}"[..20];
        await mesh.Serve(service, "http", (upstream.Port, 1));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/{service}/")
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
        {
            using var response = await mesh.Http.SendAsync(request, Cancel);
            await response.Content.ReadAsStringAsync(Cancel);
        });
    }

    [Theory]
    [InlineData('\0')]
    [InlineData('\r')]
    [InlineData('\u0001')]
    public async Task Over_HTTP2_too_a_control_character_in_an_answers_header_is_a_502(char character)
    {
        await using var upstream = RecordingUpstream.Start(http2: true);
        upstream.AnswerFields = [("x-a", $"a{character}b")];
        var service = $"bad2-{Guid.NewGuid():N}"[..20];
        await mesh.Serve(service, "grpc", (upstream.Port, 1));
        using var response = await mesh.Http.PostAsync($"/{service}/", null, Cancel);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Theory]
    [InlineData("200 O\u0001K", "HTTP/1.1 200 OK\r\n")]
    [InlineData("200 O\u007fK", "HTTP/1.1 200 OK\r\n")]
    [InlineData("200 Fine by me", "HTTP/1.1 200 Fine by me\r\n")]
    [InlineData("200 ", "HTTP/1.1 200 ")]
    public async Task A_reason_phrase_with_control_characters_is_not_passed_on(string line, string begins)
    {
        await using var upstream = new TestTarget(
            TestTarget.Answering($"HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        var service = $"phrase-{Guid.NewGuid():N}"[..20];
        await mesh.Serve(service, "http", (upstream.Port, 1));
        using var socket = await Tunnel.Connect(mesh.Gateway.Address.Port, Cancel);
        await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes($"GET /{service}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
            Cancel);
        Assert.StartsWith(begins, await Tunnel.Rest(socket, Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_only_a_data_plane_may_say_is_dropped_from_an_answer()
    {
        const string Answer =
            "HTTP/1.1 200 OK\r\nX-Mesh-Route: lie\r\nx-mesh-other: lie\r\nX-Kept: yes\r\nTransfer-Encoding: "
                + "chunked\r\n\r\n2\r\nok\r\n0\r\nx-mesh-attempts: 9\r\nX-Sum: 7\r\n\r\n";
        await using var upstream = new TestTarget(TestTarget.Answering(Answer));
        await mesh.Serve("claims", "http", (upstream.Port, 1));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/claims/")
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await mesh.Http.SendAsync(request, Cancel);
        Assert.Equal("ok", await response.Content.ReadAsStringAsync(Cancel));
        Assert.DoesNotContain(response.Headers.Concat(response.TrailingHeaders),
            h => h.Key.StartsWith("x-mesh-", StringComparison.OrdinalIgnoreCase) && h.Value.Any(v => v is "lie" or "9"));
        Assert.Equal(("yes", "7"), (response.Headers.GetValues("x-kept").Single(), response.TrailingHeaders.GetValues("x-sum").Single()));
    }

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("2.0", true)]
    public async Task Trailers_are_announced_to_those_who_get_them(string version, bool arrive)
    {
        const string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n";
        await using var upstream = new TestTarget(TestTarget.Answering(Chunked));
        var service = $"sums-{version}".Replace('.', '-');
        await mesh.Serve(service, "http", (upstream.Port, 1));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/{service}/")
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await mesh.Http.SendAsync(request, Cancel);
        Assert.Equal("ok", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(arrive, response.Headers.NonValidated.Contains("Trailer"));
        Assert.Equal(arrive ? ["7"] : [], response.TrailingHeaders.NonValidated.TryGetValues("X-Sum", out var sum) ? sum : []);
    }

    [Theory]
    [InlineData("http", HttpProtocols.Http1)]
    [InlineData("grpc", HttpProtocols.Http2)]
    public async Task Trailers_of_a_request_end_at_the_gateway_and_are_not_announced(string protocol, HttpProtocols protocols)
    {
        await using var upstream = await TestUpstream.Start(async context =>
        {
            var body = await new StreamReader(context.Request.Body).ReadToEndAsync(Cancel);
            await context.Response.WriteAsync($"{body} {context.Request.Headers.Trailer.Count}", Cancel);
        }, protocols);
        await mesh.Serve($"up-{protocol}", upstream, protocol);
        using var socket = await Tunnel.Connect(mesh.Gateway.Address.Port, Cancel);
        var request =
            $"POST /up-{protocol}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTrailer: X-Sum\r\nTransfer-Encoding: "
                + "chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n";
        await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(request), Cancel);
        Assert.Contains("ok 0", await Tunnel.Rest(socket, Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST //svc/x HTTP/1.1\r\nHost: x\r\n", "404", "unknown-service")]
    [InlineData("GET //svc/x HTTP/1.1\r\nHost: x\r\n", "404", "unknown-service")]
    [InlineData("DELETE / HTTP/1.1\r\nHost: x\r\n", "405", "bad-method")]
    [InlineData("PUT /?all HTTP/1.1\r\nHost: x\r\n", "405", "bad-method")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: x\r\n", "501", "for-server")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: svc.mesh\r\n", "501", "for-server")]
    [InlineData("POST /svc/ HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n", "400", "")]
    [InlineData("POST /svc/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775808\r\n", "400", "")]
    [InlineData("POST /svc/ HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n", "400", "")]
    [InlineData("DELETE /health/ready HTTP/1.1\r\nHost: x\r\n", "405", "bad-method")]
    [InlineData("POST /health/live HTTP/1.1\r\nHost: x\r\n", "405", "bad-method")]
    [InlineData("HEAD /health/live HTTP/1.1\r\nHost: x\r\n", "200", "")]
    [InlineData("GET /?all HTTP/1.1\r\nHost: x\r\n", "200", "services")]
    [InlineData("HEAD / HTTP/1.1\r\nHost: x\r\n", "200", "")]
    public async Task What_asks_for_no_service_is_answered_as_what_it_is(string head, string status, string reason)
    {
        await using var upstream = await TestUpstream.Named("ok");
        await mesh.Serve("svc", upstream);
        using var socket = await Tunnel.Connect(mesh.Gateway.Address.Port, Cancel);
        await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes($"{head}Connection: close\r\n\r\n"), Cancel);
        var answer = await Tunnel.Rest(socket, Cancel);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains(reason, answer, StringComparison.Ordinal);
        Assert.Equal(status == "405", answer.Contains("Allow: GET, HEAD\r\n", StringComparison.Ordinal));
    }
}
