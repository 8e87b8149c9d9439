using System.Globalization;
using Yarp.ReverseProxy.Configuration;

namespace Mesh.Bench.Gateway;

/// <summary>The peer that the gateway is measured by: YARP's own pipeline with one route and one destination, nothing added.</summary>
internal static class BareYarp
{
    public static async Task<int> RunAsync(int port, string upstream)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig
            {
                RouteId = "tiny",
                ClusterId = "tiny",
                Match = new RouteMatch { Path = "/tiny/{**rest}" },
                Transforms = [new Dictionary<string, string> { ["PathRemovePrefix"] = "/tiny" }],
            }],
            [new ClusterConfig
            {
                ClusterId = "tiny",
                Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = upstream } },
            }]);
        var app = builder.Build();
        app.MapReverseProxy();
        await app.RunAsync();
        return 0;
    }
}

/// <summary>An upstream that costs as little as one can in .NET, where nginx is not installed.</summary>
internal static class TinyBackend
{
    public static async Task<int> RunAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        var app = builder.Build();
        var body = "ok"u8.ToArray();
        app.Run(context =>
        {
            context.Response.ContentLength = body.Length;
            return context.Response.Body.WriteAsync(body).AsTask();
        });
        await app.RunAsync();
        return 0;
    }
}
