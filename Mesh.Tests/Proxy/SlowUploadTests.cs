using System.Net.Sockets;
using System.Text;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

/// <summary>
/// What endpoints do because a client sends slowly says nothing about them (docs/adr/0044). Of two endpoints that fail in the
/// same way at least one is ejected where it counts: one alone never is.
/// </summary>
public class SlowUploadTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
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
        var judged = await JudgedService.Serve(mesh, service, [upstream.Port, other.Port]);
        for (var i = 0; i < 4; i++)
        {
            using var client = new TcpClient();
            var stream = await judged.BeginUpload(client, 3 + (parts * size));
            Assert.True(await ended.WaitAsync(TimeSpan.FromSeconds(60), Cancel));
            var answered = JudgedService.Status(stream);
            // The gateway closes the connection when it has answered, whatever is still to come.
            for (var part = 0; part < parts && !answered.IsCompleted; part++)
                await stream.WriteAsync(new byte[size], Cancel);
            Assert.Contains(await answered, (int[])[502, 413]);
        }

        await judged.AssertNoneEjected();
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
        var judged = await JudgedService.Serve(mesh, $"whole-{how}", [upstream.Port, good.Port]);
        for (var i = 0; i < 2; i++)
        {
            using var client = new TcpClient();
            var stream = await judged.BeginUpload(client, 23);
            await stream.WriteAsync(new byte[10], Cancel);
            await stream.WriteAsync(new byte[10], Cancel);
            await JudgedService.Status(stream);
        }

        Assert.True(await judged.IsEjected(upstream.Port));
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
        var judged = await JudgedService.Serve(mesh, service, [upstream.Port, other.Port], protocol: "grpc");
        Assert.All(
            await judged.Upload(10, 3 + (parts * size),
                async () => Assert.True(await ended.WaitAsync(TimeSpan.FromSeconds(60), Cancel))),
            status => Assert.Equal(502, status));
        await judged.AssertNoneEjected();
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
        var judged = await JudgedService.Serve(mesh, service, [upstream.Port, other.Port], protocol: "grpc");
        Assert.All(await judged.Upload(20, 23), answer => Assert.Equal(status, answer));
        await judged.AssertNoneEjected();
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
        var judged = await JudgedService.Serve(mesh, service, [upstream.Port, other.Port], JudgedService.Within(time), protocol);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => judged.Upload(1, 23)));
        Assert.All(answers, answer => Assert.Equal([408], answer));
        await judged.AssertNoneEjected();
    }

    [Theory]
    [InlineData("route", "http")]
    [InlineData("route", "grpc")]
    [InlineData("idle", "http")]
    [InlineData("idle", "grpc")]
    public async Task An_endpoint_that_has_the_whole_body_and_does_not_answer_in_time_fails(string time, string protocol)
    {
        await using var upstream = await TestUpstream.Start(TestUpstream.Hang, JudgedService.Spoken(protocol));
        await using var good = await Reading(protocol);
        var service = $"hangs-{time}-{protocol}";
        var judged = await JudgedService.Serve(mesh, service, [upstream.Port, good.Port], JudgedService.Within(time), protocol);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            using var answer = await mesh.Http.PostAsync($"/{service}/", new StringContent("abc"), Cancel);
        }));
        Assert.True(await judged.IsEjected(upstream.Port));
    }

    private static Task<TestUpstream> Reading(string protocol) => TestUpstream.Start(
        async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            await context.Response.WriteAsync("ok");
        }, JudgedService.Spoken(protocol));

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
}
