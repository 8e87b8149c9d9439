using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Mesh.Tests.Proxy.Support;

namespace Mesh.Tests.Proxy;

/// <summary>
/// What goes through as it came, what ends at the gateway, and what it does not let in: over a bare socket, since clients tidy up.
/// </summary>
public class HeaderTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>, IAsyncLifetime
{
    private TestUpstream _upstream = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await TestUpstream.Start();
        await mesh.Serve("tell", _upstream);
    }

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Theory]
    [InlineData("/tell/a%2Fb/%2e%2e/%C3%A4?x=%20&y=/../")]
    [InlineData("/tell/../../etc/passwd")]
    [InlineData("/tell/./a//b/")]
    [InlineData("/tell/a|b;c=d,e")]
    public async Task A_path_arrives_byte_for_byte(string path)
    {
        var answer = await Raw($"GET {path} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");
        Assert.Contains($"\nGET {path["/tell".Length..]} HTTP/1.1\n", answer.Replace("\r\n", "\n"));
    }

    [Fact]
    public async Task An_absolute_form_target_is_read_like_its_path()
    {
        var answer = await Raw("GET http://gateway/tell/x?y HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");
        Assert.Contains("GET /x?y HTTP/1.1\n", answer);
        answer = await Raw("GET http://tell.mesh/x HTTP/1.1\r\nHost: tell.mesh\r\nConnection: close\r\n\r\n");
        Assert.Contains("GET /x HTTP/1.1\n", answer);
        answer = await Raw("GET http://tell.mesh?x=/y HTTP/1.1\r\nHost: tell.mesh\r\nConnection: close\r\n\r\n");
        Assert.Contains("GET /?x=/y HTTP/1.1\n", answer);
    }

    [Fact]
    public async Task Hop_by_hop_headers_and_those_that_connection_names_end_here()
    {
        var answer = await Raw(
            "GET /tell/ HTTP/1.1\r\nHost: gateway\r\nConnection: X-Secret\r\nX-Secret: 1\r\nKeep-Alive: 5\r\nProxy-Authorization: "
                + "x\r\nTE: gzip\r\nX-Kept: 2\r\n\r\n"
            + "GET /tell/ HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");
        Assert.Contains("\nx-kept: 2\n", answer);
        Assert.DoesNotContain("x-secret", answer);
        Assert.DoesNotContain("keep-alive:", answer);
        Assert.DoesNotContain("proxy-authorization", answer);
        Assert.DoesNotContain("\nte:", answer);
    }

    [Fact]
    public async Task Forwarded_headers_say_what_the_gateway_saw_and_not_what_the_client_claims()
    {
        var answer = await Raw(
            "GET /tell/ HTTP/1.1\r\nHost: gateway:1\r\nConnection: close\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: "
                + "https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Prefix: /evil\r\nForwarded: for=6.6.6.6\r\n\r\n");
        Assert.Contains("\nx-forwarded-for: 127.0.0.1\n", answer);
        Assert.Contains("\nx-forwarded-proto: http\n", answer);
        Assert.Contains("\nx-forwarded-host: gateway:1\n", answer);
        Assert.Contains("\nx-forwarded-prefix: /tell\n", answer);
        Assert.DoesNotContain("6.6.6.6", answer);
        Assert.DoesNotContain("evil", answer);
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_the_chain_of_clients_is_kept_and_added_to()
    {
        await using var trusting = await RunningGateway.Start(mesh.ControlPlane.Address, null, "--Mesh:Gateway:TrustForwardedHeaders=true");
        await trusting.Knows("tell", 1);
        var answer = await Raw(
            "GET /tell/ HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n\r\n",
            trusting.Address.Port);
        Assert.Contains("\nx-forwarded-for: 6.6.6.6, 127.0.0.1\n", answer);
        Assert.Contains("\nx-forwarded-proto: https\n", answer);
    }

    [Fact]
    public async Task Behind_an_announced_ingress_the_client_is_the_one_that_the_ingress_saw_and_not_one_that_the_client_claims()
    {
        // As Aspire sets it for every project that it publishes: of X-Forwarded-For and -Proto, what the nearest proxy has added.
        await using var deployed = await RunningGateway.Start(mesh.ControlPlane.Address, null, "--ForwardedHeaders_Enabled=true");
        await deployed.Knows("tell", 1);
        var answer = await Raw(
            "GET /tell/ HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\nX-Forwarded-For: 6.6.6.6, 203.0.113.9\r\nX-Forwarded-Proto: "
                + "https\r\n\r\n", deployed.Address.Port);
        Assert.Contains("\nx-forwarded-for: 203.0.113.9\n", answer);
        Assert.Contains("\nx-forwarded-proto: https\n", answer);
        Assert.Contains("\nx-forwarded-host: gateway\n", answer);
        Assert.DoesNotContain("6.6.6.6", answer);
    }

    [Fact]
    public async Task The_service_sees_its_own_address_as_host()
    {
        var answer = await Raw("GET /tell/ HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");
        Assert.Contains($"\nhost: 127.0.0.1:{_upstream.Port}\n", answer);
    }

    [Fact]
    public async Task A_trace_context_goes_through_unchanged_when_nobody_records()
    {
        const string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        var answer = await Raw(
            $"GET /tell/ HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\ntraceparent: {trace}\r\ntracestate: a=b\r\n\r\n");
        Assert.Contains($"\ntraceparent: {trace}\n", answer);
        Assert.Contains("\ntracestate: a=b\n", answer);
    }

    [Fact]
    public async Task The_gateways_span_is_the_parent_when_the_request_is_recorded()
    {
        const string trace = "1af7651916cd43dd8448eb211c80319c";
        using var recorder = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> request) =>
                request.Parent.TraceId.ToHexString() == trace ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
        };
        ActivitySource.AddActivityListener(recorder);
        var answer = await Raw(
            $"GET /tell/ HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\ntraceparent: 00-{trace}-b7ad6b7169203331-01\r\n\r\n");
        Assert.Contains($"\ntraceparent: 00-{trace}-", answer);
        Assert.DoesNotContain("b7ad6b7169203331", answer);
    }

    [Theory]
    [InlineData("POST /tell/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")]
    [InlineData("GET /tell/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET /tell/ HTTP/1.1\r\n\r\n")]
    [InlineData("POST /tell/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("GET /tell/ HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n")]
    [InlineData("GET http://other.mesh/ HTTP/1.1\r\nHost: tell.mesh\r\n\r\n")]
    public async Task What_two_servers_could_read_in_two_ways_is_refused(string request)
    {
        var answer = await Raw(request);
        Assert.StartsWith("HTTP/1.1 400 ", answer);
    }

    [Theory]
    [InlineData("Content-Length: 3\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 8")]
    public async Task A_request_with_a_length_and_chunks_is_refused_and_its_connection_ends(string framing)
    {
        var answer = await Raw(
            $"POST /tell/ HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n2\r\nhi\r\n0\r\n\r\nGET /tell/second HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", answer);
        Assert.Contains("both Content-Length and Transfer-Encoding", answer);
        Assert.DoesNotContain("HTTP/1.1 200 ", answer);
    }

    [Fact]
    public async Task A_tunnel_is_refused()
    {
        var answer = await Raw("CONNECT tell.mesh:80 HTTP/1.1\r\nHost: tell.mesh:80\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 405 ", answer);
    }

    private Task<string> Raw(string request) => Raw(request, mesh.Gateway.Address.Port);

    private static async Task<string> Raw(string request, int port)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), cancel);
        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer, cancel).WaitAsync(TimeSpan.FromSeconds(60), cancel);
        return Encoding.Latin1.GetString(answer.ToArray());
    }
}
