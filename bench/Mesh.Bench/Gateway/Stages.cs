using System.Globalization;
using System.Net;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Bench.Gateway;

/// <summary>
/// Proxies that do ever more of what the gateway does, on the same server and with the same sockets: what one has cost more than the one
/// before is what was added.
/// </summary>
internal static class Stages
{
    public static IReadOnlyList<(string Argument, string Name)> All { get; } =
        [("answer", "Kestrel, answers itself"), ("client", "Kestrel and HttpMessageInvoker"), ("forwarder", "Kestrel and IHttpForwarder")];

    public static async Task<int> RunAsync(string stage, int port, string upstream)
    {
        // As the gateway does: a request stays on the thread that read it.
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.Services.AddHttpForwarder();
        var app = builder.Build();
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false, UseCookies = false, AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
        });
        var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        var address = new Uri(upstream + "/");
        app.Run(stage switch
        {
            "client" => context => ThroughClientAsync(context, client, address),
            "forwarder" => context => ForwardAsync(context, forwarder, upstream, client),
            _ => AnswerAsync,
        });
        await app.RunAsync();
        return 0;
    }

    private static Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentLength = 2;
        return context.Response.Body.WriteAsync("ok"u8.ToArray()).AsTask();
    }

    private static async Task ForwardAsync(HttpContext context, IHttpForwarder forwarder, string upstream, HttpMessageInvoker client)
    {
        var error = await forwarder.SendAsync(context, upstream, client);
        if (error != ForwarderError.None) context.Abort();
    }

    /// <summary>The least that a proxy of HttpClient's handlers can do: a request without headers, an answer without them.</summary>
    private static async Task ThroughClientAsync(HttpContext context, HttpMessageInvoker client, Uri address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var answer = await client.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentLength = answer.Content.Headers.ContentLength;
        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
