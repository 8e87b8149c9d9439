using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

/// <summary>
/// What endpoints do because a client sends or reads slowly says nothing about them (docs/adr/0044). Of two endpoints that fail in the
/// same way at least one is ejected where it counts: one alone never is.
/// </summary>
public class SlowClientTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static readonly Duration Short = Duration.FromTimeSpan(TimeSpan.FromSeconds(2));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool, int, int> Endings { get; } = new(
        from how in (string[])["reset", "unread", "end"]
        from answers in (bool[])[true, false]
        from parts in ((int, int)[])[(1, 10), (3, 10), (3, 2_000), (40, 2_000), (1, 600_000)]
        select (how, answers, parts.Item1, parts.Item2));

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task However_an_endpoint_ends_a_connection_while_a_body_is_still_coming_it_is_nobodys_health(
        string how, bool answers, int parts, int size)
    {
        using var ended = new SemaphoreSlim(0);
        await using var upstream = EndsEarly(how, answers, ended);
        await using var other = EndsEarly(how, answers, ended);
        var service = $"cut-{how}-{answers}-{parts}-{size}".ToLowerInvariant();
        await Serve(service, [upstream.Port, other.Port]);
        for (var i = 0; i < 4; i++)
        {
            using var client = new TcpClient();
            var stream = await Begin(client, service, 3 + (parts * size));
            Assert.True(await ended.WaitAsync(TimeSpan.FromSeconds(60), Cancel));
            var answered = Status(stream);
            // The gateway closes the connection when it has answered, whatever is still to come.
            for (var part = 0; part < parts && !answered.IsCompleted; part++)
                await stream.WriteAsync(new byte[size], Cancel);
            Assert.Contains(await answered, (int[])[502, 413]);
        }

        await AssertNoneEjected(service);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("end")]
    public async Task An_endpoint_that_ends_a_connection_when_it_has_the_whole_body_fails(string how)
    {
        await using var upstream = new TcpServer(async (socket, cancel) =>
        {
            var (all, buffer) = (0, new byte[65_536]);
            while (Encoding.ASCII.GetString(buffer, 0, all).IndexOf("\r\n\r\n", StringComparison.Ordinal) is var end
                && (end < 0 || all < end + 4 + 23))
                all += await socket.ReceiveAsync(buffer.AsMemory(all), cancel);
            if (how == "reset")
                socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        });
        await using var good = await TestUpstream.Named("ok");
        await Serve($"whole-{how}", [upstream.Port, good.Port]);
        for (var i = 0; i < 2; i++)
        {
            using var client = new TcpClient();
            var stream = await Begin(client, $"whole-{how}", 23);
            await stream.WriteAsync(new byte[10], Cancel);
            await stream.WriteAsync(new byte[10], Cancel);
            await Status(stream);
        }

        Assert.True(await IsEjected($"whole-{how}", upstream.Port));
    }

    [Theory]
    [InlineData(8, 4, 10)]
    [InlineData(8, 4, 20_000)]
    [InlineData(2, 4, 10)]
    [InlineData(2, 4, 20_000)]
    public async Task An_HTTP2_endpoint_that_resets_a_stream_while_a_body_is_still_coming_is_a_502_and_nobodys_health(
        int code, int parts, int size)
    {
        using var ended = new SemaphoreSlim(0);
        await using var upstream = await Resetting(code, ended);
        await using var other = await Resetting(code, ended);
        var service = $"reset-{code}-{size}";
        await Serve(service, [upstream.Port, other.Port], protocol: "grpc");
        for (var i = 0; i < 10; i++)
        {
            using var client = new TcpClient();
            var stream = await Begin(client, service, 3 + (parts * size));
            Assert.True(await ended.WaitAsync(TimeSpan.FromSeconds(60), Cancel));
            Assert.Equal(502, await Status(stream));
        }

        await AssertNoneEjected(service);
    }

    [Theory]
    [InlineData("", 413)]
    [InlineData("too large", 413)]
    [InlineData("", 200)]
    [InlineData("done", 200)]
    public async Task An_answer_that_comes_before_the_body_is_whole_is_passed_on_and_is_the_endpoints_answer(string body, int status)
    {
        await using var upstream = await Answering(status, body);
        await using var other = await Answering(status, body);
        var service = $"early-{status}-{body.Length}";
        await Serve(service, [upstream.Port, other.Port], protocol: "grpc");
        for (var i = 0; i < 20; i++)
        {
            using var client = new TcpClient();
            var stream = await Begin(client, service, 23);
            Assert.Equal(status, await Status(stream));
        }

        await AssertNoneEjected(service);
    }

    [Theory]
    [InlineData("route", "http")]
    [InlineData("route", "grpc")]
    [InlineData("idle", "http")]
    [InlineData("idle", "grpc")]
    [InlineData("attempt", "http")]
    [InlineData("attempt", "grpc")]
    public async Task A_body_that_does_not_arrive_in_time_is_a_408_and_nobodys_health(string time, string protocol)
    {
        await using var upstream = await Reading(protocol);
        await using var other = await Reading(protocol);
        var service = $"late-{time}-{protocol}";
        await Serve(service, [upstream.Port, other.Port], Within(time), protocol);
        using var clients = new Disposables();
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
            await Status(await Begin(clients.Add(new TcpClient()), service, 23))));
        Assert.Equal([408, 408, 408, 408], answers);
        await AssertNoneEjected(service);
    }

    [Theory]
    [InlineData("route", "http")]
    [InlineData("route", "grpc")]
    [InlineData("idle", "http")]
    [InlineData("idle", "grpc")]
    public async Task An_endpoint_that_has_the_whole_body_and_does_not_answer_in_time_fails(string time, string protocol)
    {
        await using var upstream = await TestUpstream.Start(TestUpstream.Hang, Spoken(protocol));
        await using var good = await Reading(protocol);
        var service = $"hangs-{time}-{protocol}";
        await Serve(service, [upstream.Port, good.Port], Within(time), protocol);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            using var answer = await mesh.Http.PostAsync($"/{service}/", new StringContent("abc"), Cancel);
        }));
        Assert.True(await IsEjected(service, upstream.Port));
    }

    [Theory]
    [InlineData("route")]
    [InlineData("idle")]
    public async Task A_client_that_does_not_read_its_answer_in_time_is_nobodys_health(string time)
    {
        using var counts = new GatewayCounts(mesh.Gateway);
        await using var upstream = await Endless();
        await using var other = await Endless();
        var service = $"unread-{time}";
        await Serve(service, [upstream.Port, other.Port], Within(time));
        using var clients = new Disposables();
        for (var i = 0; i < 4; i++)
        {
            var client = clients.Add(new TcpClient { ReceiveBufferSize = 4096 });
            await client.ConnectAsync("127.0.0.1", mesh.Gateway.Address.Port, Cancel);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /{service}/ HTTP/1.1\r\nHost: gateway\r\n\r\n"), Cancel);
        }

        await counts.Within(4, 4, "request.duration", service);
        await AssertNoneEjected(service);
    }

    [Fact]
    public async Task A_WebSocket_on_which_nothing_is_said_for_too_long_is_nobodys_health()
    {
        await using var upstream = await TestUpstream.Start(TestUpstream.Echo);
        await using var other = await TestUpstream.Start(TestUpstream.Echo);
        await Serve("silent", [upstream.Port, other.Port], Within("idle"));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(new Uri($"ws://{mesh.Gateway.Address.Authority}/silent/"), Cancel);
            await Assert.ThrowsAsync<WebSocketException>(() => socket.ReceiveAsync(new byte[16], Cancel));
        }));

        await AssertNoneEjected("silent");
    }

    private static Action<VirtualHost> Within(string time) => host =>
    {
        var action = host.Routes[0].Route_;
        if (time == "route")
            action.Timeout = Short;
        else if (time == "idle")
            action.IdleTimeout = Short;
        else
            action.RetryPolicy = new RetryPolicy { RetryOn = "5xx", NumRetries = 1, PerTryTimeout = Short };
    };

    private async Task Serve(string service, int[] ports, Action<VirtualHost>? route = null, string protocol = "http")
    {
        await mesh.Serve(service, protocol, [.. ports.Select(port => (port, 1))]);
        await mesh.Change(service,
            cluster => cluster.OutlierDetection = new OutlierDetection
            {
                Consecutive5Xx = 1,
                ConsecutiveGatewayFailure = 1,
                EnforcingConsecutiveGatewayFailure = 100,
                MaxEjectionPercent = 100,
            }, protocol);
        if (route is not null)
            await mesh.Route(service, route);
    }

    /// <summary>Begins an upload: its head and three bytes.</summary>
    private async Task<NetworkStream> Begin(TcpClient client, string service, int length)
    {
        await client.ConnectAsync("127.0.0.1", mesh.Gateway.Address.Port, Cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST /{service}/ HTTP/1.1\r\nHost: gateway\r\nContent-Length: {length}\r\n\r\nabc"), Cancel);
        return stream;
    }

    private static async Task<int> Status(NetworkStream stream)
    {
        var answer = new byte["HTTP/1.1 200".Length];
        await stream.ReadExactlyAsync(answer, Cancel);
        return int.Parse(Encoding.ASCII.GetString(answer)[^3..]);
    }

    private async Task AssertNoneEjected(string service)
    {
        var endpoints = (await mesh.Gateway.Clusters()).Single(c => (string?)c!["name"] == service)!["endpoints"]!.AsArray();
        Assert.All(endpoints, endpoint => Assert.True((long)endpoint!["requests"]! > 0, "it was asked"));
        Assert.All(endpoints, endpoint => Assert.False((bool)endpoint!["ejected"]!));
    }

    private async Task<bool> IsEjected(string service, int port) =>
        (bool)(await mesh.Gateway.Clusters()).Single(c => (string?)c!["name"] == service)!["endpoints"]!.AsArray()
            .Single(endpoint => ((string?)endpoint!["address"])!.EndsWith($":{port}"))!["ejected"]!;

    private static Task<TestUpstream> Reading(string protocol) => TestUpstream.Start(
        async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            await context.Response.WriteAsync("ok");
        }, Spoken(protocol));

    private static Task<TestUpstream> Resetting(int code, SemaphoreSlim ended) => TestUpstream.Start(
        context =>
        {
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(code);
            ended.Release();
            return Task.CompletedTask;
        }, HttpProtocols.Http2);

    private static Task<TestUpstream> Answering(int status, string body) => TestUpstream.Start(
        context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        }, HttpProtocols.Http2);

    private static HttpProtocols Spoken(string protocol) => protocol == "grpc" ? HttpProtocols.Http2 : HttpProtocols.Http1;

    /// <summary>Reads the head of a request and a little of its body, may answer, and ends the connection.</summary>
    private static TcpServer EndsEarly(string how, bool answers, SemaphoreSlim ended) => new(async (socket, cancel) =>
    {
        await socket.ReceiveAsync(new byte[how == "unread" ? 20 : 65_536], cancel);
        if (answers)
            await socket.SendAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), cancel);
        if (how == "reset")
            socket.LingerState = new LingerOption(true, 0);
        socket.Close();
        ended.Release();
    });

    private static Task<TestUpstream> Endless() => TestUpstream.Start(async context =>
    {
        while (true)
            await context.Response.Body.WriteAsync(new byte[65_536], context.RequestAborted);
    });

    private sealed class Disposables : IDisposable
    {
        private readonly ConcurrentBag<IDisposable> _all = [];

        public T Add<T>(T one) where T : IDisposable
        {
            _all.Add(one);
            return one;
        }

        public void Dispose()
        {
            foreach (var one in _all)
                one.Dispose();
        }
    }
}
