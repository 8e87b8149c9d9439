using System.Net;
using System.Net.WebSockets;
using Mesh.Tests.Proxy.Support;
using Mesh.Xds.Protos;
using Microsoft.AspNetCore.Http;

namespace Mesh.Tests.Proxy;

/// <summary>How often an endpoint sees a request that it does not answer. No route here has retries.</summary>
public class SentOnceTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool, Break, bool> Effects()
    {
        var data = new TheoryData<string, bool, Break, bool>();
        foreach (var method in new[] { "POST", "PUT", "PATCH", "DELETE", "FROB" })
        {
            foreach (var how in new[] { Break.AfterReading, Break.ByReset, Break.AfterHalfAHead })
            {
                foreach (var warm in new[] { false, true })
                {
                    data.Add(method, false, how, warm);
                    data.Add(method, true, how, warm);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Effects))]
    public async Task What_may_have_had_an_effect_is_sent_once(string method, bool http2, Break how, bool warm)
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        await using var upstream = new BreakingUpstream(how, http2);
        var service = await Serve($"once-{method}-{http2}-{how}-{warm}", upstream, http2, warm);
        using var response = await Send(method, service);
        Assert.Equal((HttpStatusCode.BadGateway, 1), (response.StatusCode, upstream.Requests));
        Assert.Contains("upstream-failed", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(0, counts.Of("retries", service));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task A_request_that_says_nothing_of_a_body_is_sent_once(string method)
    {
        await using var upstream = new BreakingUpstream(Break.AfterReading);
        var service = await Serve($"bare-{method}", upstream, http2: false, warm: true);
        using var socket = await Tunnel.Connect(mesh.Gateway.Address.Port, Cancel);
        await socket.SendAsync(
            System.Text.Encoding.ASCII.GetBytes($"{method} /{service}/pay HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), Cancel);
        Assert.StartsWith("HTTP/1.1 502 ", await Tunnel.Rest(socket, Cancel), StringComparison.Ordinal);
        Assert.Equal(1, upstream.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_may_have_had_an_effect_goes_to_no_other_endpoint(bool http2)
    {
        await using var first = new BreakingUpstream(Break.AfterReading, http2);
        await using var second = new BreakingUpstream(Break.AfterReading, http2);
        var service = $"two-{http2}";
        await mesh.Serve(service, http2 ? "grpc" : "http", (first.Port, 1), (second.Port, 1));
        for (var i = 1; i <= 4; i++)
        {
            using var response = await Send("POST", service);
            Assert.Equal((HttpStatusCode.BadGateway, i), (response.StatusCode, first.Requests + second.Requests));
        }
    }

    [Fact]
    public async Task An_endpoint_that_reads_a_request_and_is_gone_for_good_was_its_only_one()
    {
        BreakingUpstream? dying = null;
        await using var other = await TestUpstream.Named("twice");
        await using var upstream = dying = new BreakingUpstream(Break.AfterReading) { OnBreak = () => dying!.Refuse() };
        await mesh.Serve("dying", "http", (upstream.Port, 1000), (other.Port, 1));
        using var response = await Send("DELETE", "dying");
        Assert.Equal((HttpStatusCode.BadGateway, 1), (response.StatusCode, upstream.Requests));
    }

    [Theory]
    [InlineData("GET", false, Break.AfterReading)]
    [InlineData("HEAD", false, Break.AfterReading)]
    [InlineData("OPTIONS", false, Break.AfterReading)]
    [InlineData("GET", true, Break.AfterReading)]
    [InlineData("GET", false, Break.ByReset)]
    public async Task A_safe_request_that_the_only_endpoint_breaks_off_on_a_new_connection_is_a_502(string method, bool http2, Break how)
    {
        await using var upstream = new BreakingUpstream(how, http2);
        var service = await Serve($"safe-{method}-{http2}-{how}", upstream, http2, warm: false);
        using var response = await Send(method, service);
        Assert.Equal((HttpStatusCode.BadGateway, 1), (response.StatusCode, upstream.Requests));
    }

    [Theory]
    [InlineData("GET", Break.AfterReading)]
    [InlineData("HEAD", Break.AfterReading)]
    [InlineData("OPTIONS", Break.AfterReading)]
    [InlineData("GET", Break.ByReset)]
    public async Task A_safe_request_whose_used_connection_ends_has_a_new_one_and_is_counted(string method, Break how)
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        await using var upstream = new BreakingUpstream(how, times: 1);
        var service = await Serve($"stale-{method}-{how}", upstream, http2: false, warm: true);
        using var response = await Send(method, service);
        Assert.Equal((HttpStatusCode.OK, 2), (response.StatusCode, upstream.Requests));
        Assert.Equal(1, counts.Of("retries", service));
    }

    [Theory]
    [InlineData("POST", Break.ByRefusal)]
    [InlineData("DELETE", Break.ByRefusal)]
    [InlineData("GET", Break.ByRefusal)]
    [InlineData("POST", Break.ByGoAway)]
    [InlineData("DELETE", Break.ByGoAway)]
    [InlineData("GET", Break.ByGoAway)]
    public async Task A_stream_that_was_not_looked_at_is_sent_again_and_counted(string method, Break how)
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        await using var upstream = new BreakingUpstream(how, http2: true, times: 1);
        var service = await Serve($"untouched-{method}-{how}", upstream, http2: true, warm: true);
        using var response = await Send(method, service);
        Assert.Equal((HttpStatusCode.OK, 2), (response.StatusCode, upstream.Requests));
        Assert.Equal(1, counts.Of("retries", service));
    }

    [Theory]
    [InlineData(Break.ByRefusal)]
    [InlineData(Break.ByGoAway)]
    public async Task A_stream_that_nobody_looks_at_is_a_502_after_as_many_attempts_as_there_may_be(Break how)
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        await using var upstream = new BreakingUpstream(how, http2: true);
        var service = await Serve($"refusing-{how}", upstream, http2: true, warm: false);
        using var response = await Send("POST", service);
        Assert.Equal((HttpStatusCode.BadGateway, 4), (response.StatusCode, upstream.Requests));
        Assert.Equal(4, counts.Of("retries", service));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_closes_before_it_has_read_gets_one_attempt_of_what_has_an_effect(bool http2)
    {
        await using var upstream = new BreakingUpstream(Break.BeforeReading, http2);
        var service = await Serve($"unread-{http2}", upstream, http2, warm: false);
        using var response = await Send("POST", service);
        Assert.Equal(1, upstream.Connections);

        // HTTP/2 opens with frames of the connection, so it can end before any byte of the request's head was written: then the upstream
        // was not reached.
        Assert.Contains(response.StatusCode,
            http2 ? [HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable] : new[] { HttpStatusCode.BadGateway });
    }

    [Fact]
    public async Task A_connection_that_was_closed_while_idle_costs_no_request_of_any_method()
    {
        await using var upstream = await TestUpstream.Start(context =>
        {
            context.Response.Headers.Connection = "close";
            return context.Response.WriteAsync("ok", Cancel);
        });
        await mesh.Serve("closes", upstream);
        for (var i = 0; i < 20; i++)
        {
            using var response = await Send(i % 2 == 0 ? "POST" : "DELETE", "closes");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Fact]
    public async Task A_body_whose_reading_waits_for_a_word_that_never_comes_is_sent_once()
    {
        await using var upstream = new BreakingUpstream(Break.AfterReading);
        var service = await Serve("expects", upstream, http2: false, warm: true);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/{service}/") { Content = new StringContent("pay") };
        request.Headers.ExpectContinue = true;
        using var response = await mesh.Http.SendAsync(request, Cancel);
        Assert.Equal((HttpStatusCode.BadGateway, 1), (response.StatusCode, upstream.Requests));
    }

    [Fact]
    public async Task A_payment_that_is_answered_with_an_error_is_made_once()
    {
        var made = 0;
        await using var upstream = await TestUpstream.Start(context =>
        {
            Interlocked.Increment(ref made);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        });
        await mesh.Serve("payments", upstream);
        using var response = await Send("POST", "payments");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), (response.StatusCode, made));
    }

    [Theory]
    [InlineData(Break.AfterReading)]
    [InlineData(Break.ByReset)]
    public async Task A_rule_that_repeats_reads_repeats_no_write_to_the_same_path(Break how)
    {
        await using var upstream = new BreakingUpstream(how);
        var service = await Serve($"reads-{how}", upstream, http2: false, warm: false);
        await mesh.Route(service, host =>
        {
            var reads = host.Routes[0].Clone();
            reads.Match.Headers.Add(new HeaderMatcher { Name = ":method", StringMatch = new StringMatcher { Exact = "GET" } });
            reads.Route_.RetryPolicy = new RetryPolicy { RetryOn = "5xx,reset", NumRetries = 2 };
            host.Routes.Insert(0, reads);
        });
        using var write = await Send("POST", service);
        Assert.Equal((HttpStatusCode.BadGateway, 1), (write.StatusCode, upstream.Requests));
        using var read = await Send("GET", service);
        Assert.Equal((HttpStatusCode.BadGateway, 4), (read.StatusCode, upstream.Requests));
    }

    [Fact]
    public async Task A_copy_is_sent_once()
    {
        await using var upstream = await TestUpstream.Named("ok");
        await using var mirror = new BreakingUpstream(Break.AfterReading);
        await mesh.Serve("mirror-breaks", "http", (mirror.Port, 1));
        await mesh.Serve("mirrored", [upstream],
            host => host.Routes[0].Route_.RequestMirrorPolicies.Add(new RouteAction.Types.RequestMirrorPolicy
            {
                Cluster = "mirror-breaks",
            }));
        using var counts = new GatewayCounts(mesh.Gateway);
        using var response = await Send("DELETE", "mirrored");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await counts.Within(1, 1, "mirrored", "mirrored", "failed");
        Assert.Equal(1, mirror.Requests);
    }

    [Fact]
    public async Task A_web_socket_is_asked_for_once()
    {
        await using var upstream = new BreakingUpstream(Break.AfterReading);
        await mesh.Serve("sockets", "http", (upstream.Port, 1));
        using var socket = new ClientWebSocket();
        await Assert.ThrowsAsync<WebSocketException>(
            () => socket.ConnectAsync(new Uri($"ws://127.0.0.1:{mesh.Gateway.Address.Port}/sockets/"), Cancel));
        Assert.Equal(1, upstream.Requests);
    }

    private async Task<string> Serve(string name, BreakingUpstream upstream, bool http2, bool warm)
    {
        var service = name.ToLowerInvariant();
        await mesh.Serve(service, http2 ? "grpc" : "http", (upstream.Port, 1));
        if (warm)
            Assert.Equal("ok", await mesh.Http.GetStringAsync($"/{service}/warm", Cancel));
        return service;
    }

    private Task<HttpResponseMessage> Send(string method, string service) =>
        mesh.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/{service}/pay"), Cancel);
}
