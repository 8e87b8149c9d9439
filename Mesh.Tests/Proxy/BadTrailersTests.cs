using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Worker.Support;

namespace Mesh.Tests.Proxy;

/// <summary>Trailers that no client may be sent as they are.</summary>
public class BadTrailersTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", true)]
    [InlineData("", false)]
    [InlineData("\0\0\0\0\u0002ok", true)]
    public async Task A_grpc_call_gets_a_status_in_place_of_trailers_that_cannot_go_on(string body, bool whole)
    {
        await using var upstream = Upstream(body);
        upstream.AnswerFields = [("content-type", "application/grpc")];
        var service = $"badcall-{body.Length}-{whole}".ToLowerInvariant();
        await mesh.Serve(service, "grpc", (upstream.Port, 1));
        // Without a length the request is a stream, whose answer the forwarder ends by itself.
        HttpContent content = whole ? new ByteArrayContent(new byte[5]) : new StreamContent(new EndlessLength(new byte[5]));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var response = await Send(HttpMethod.Post, service, content);
        Assert.Equal((HttpStatusCode.OK, body), (response.StatusCode, await response.Content.ReadAsStringAsync(Cancel)));
        var told = response.TrailingHeaders.Concat(response.Headers).ToDictionary(h => h.Key, h => h.Value.Single());
        Assert.Equal("14", told["grpc-status"]);
        Assert.Contains($"Endpoint 127.0.0.1:{upstream.Port} of service '{service}': of its trailers, ", told["grpc-message"]);
        Assert.DoesNotContain("[31m", told["grpc-message"]);
    }

    [Fact]
    public async Task Another_request_gets_a_502_that_says_why_while_nothing_of_the_answer_has_been_sent()
    {
        await using var upstream = new TestTarget(
            TestTarget.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: a\u001b[31m\r\n\r\n"));
        await mesh.Serve("badplain", "http", (upstream.Port, 1));
        using var response = await Send(HttpMethod.Get, "badplain");
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var problem = (await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!;
        Assert.Equal("upstream-failed", (string?)problem["reason"]);
        Assert.Contains("of its trailers, the header X-Sum has 0x1B as character 2", (string?)problem["detail"]);
    }

    [Fact]
    public async Task Another_request_is_broken_off_where_a_part_of_the_answer_has_been_sent()
    {
        await using var upstream = Upstream("ok");
        await mesh.Serve("badbegun", "grpc", (upstream.Port, 1));
        await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
        {
            using var response = await Send(HttpMethod.Get, "badbegun");
            await response.Content.ReadAsStringAsync(Cancel);
        });
    }

    [Theory]
    [InlineData(100)]
    [InlineData(3)]
    public async Task A_grpc_call_whose_answer_breaks_off_gets_a_status_that_says_so(int length)
    {
        // Its body ends too early, or goes on for too long: the call was not cancelled by its caller.
        await using var upstream = RecordingUpstream.Start(http2: true);
        upstream.AnswerBody = "\0\0\0\0\u0002ok";
        upstream.AnswerFields = [("content-type", "application/grpc"), ("content-length", $"{length}")];
        var service = $"brokencall-{length}";
        await mesh.Serve(service, "grpc", (upstream.Port, 1));
        var content = new ByteArrayContent(new byte[5]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var response = await Send(HttpMethod.Post, service, content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await response.Content.ReadAsByteArrayAsync(Cancel);
        var told = response.TrailingHeaders.Concat(response.Headers).ToDictionary(h => h.Key, h => h.Value.Single());
        Assert.Equal("14", told["grpc-status"]);
        Assert.Contains($"Endpoint 127.0.0.1:{upstream.Port} of service '{service}': its answer's body ", told["grpc-message"]);
    }

    private static RecordingUpstream Upstream(string body)
    {
        var upstream = RecordingUpstream.Start(http2: true);
        upstream.AnswerBody = body;
        upstream.AnswerTrailers = [("grpc-status", "2"), ("grpc-message", "a\u001b[31m")];
        return upstream;
    }

    private Task<HttpResponseMessage> Send(HttpMethod method, string service, HttpContent? content = null) => mesh.Http.SendAsync(
        new HttpRequestMessage(method, new Uri(mesh.Gateway.Address, $"/{service}/"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        },
        Cancel);

    private sealed class EndlessLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
