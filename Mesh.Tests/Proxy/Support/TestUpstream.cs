using System.Net;
using System.Net.WebSockets;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Proxy.Support;

/// <summary>A real service behind the gateway. By default it answers with its own name and what it was asked.</summary>
public sealed class TestUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestUpstream(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Urls.Single()).Port;

    public static async Task<TestUpstream> Start(
        RequestDelegate? handle = null, HttpProtocols protocols = HttpProtocols.Http1, int port = 0,
        Action<WebApplicationBuilder>? build = null, Action<WebApplication>? map = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k =>
        {
            // One of its own: where an upstream has gone, no other test's may come while a gateway still asks there.
            k.Listen(IPAddress.Loopback, port == 0 ? FreePort.Next() : port, o => o.Protocols = protocols);
            k.Limits.MinRequestBodyDataRate = null;
            k.Limits.MaxRequestBodySize = null;
        });
        build?.Invoke(builder);
        var app = builder.Build();
        app.UseWebSockets();
        if (map is null)
            app.Run(handle ?? Tell);
        else
            map(app);
        await app.StartAsync();
        return new TestUpstream(app);
    }

    public static Task<TestUpstream> Named(string name) => Start(context => context.Response.WriteAsync(name));

    /// <summary>Does not answer.</summary>
    public static Task Hang(HttpContext context) => Task.Delay(Timeout.Infinite, context.RequestAborted);

    /// <summary>Sends every message of a web socket back, until the client closes it.</summary>
    public static async Task Echo(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[100];
        while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } message)
            await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.RequestAborted);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", context.RequestAborted);
    }

    /// <summary>Sends an event, and another one once the client has it.</summary>
    public static RequestDelegate TwoEvents(Task received) => async context =>
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync("data: 1\n\n");
        await context.Response.Body.FlushAsync();
        await received.WaitAsync(TimeSpan.FromSeconds(60));
        await context.Response.WriteAsync("data: 2\n\n");
    };

    /// <summary>Answers with the request line and the headers, one a line.</summary>
    public static Task Tell(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var headers = context.Request.Headers.Select(h => $"{h.Key.ToLowerInvariant()}: {h.Value}");
        return context.Response.WriteAsync($"{context.Request.Method} {target} {context.Request.Protocol}\n{string.Join('\n', headers)}\n");
    }

    /// <summary>Ends gracefully: active work is finished.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
