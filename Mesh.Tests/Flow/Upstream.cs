using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Flow;

/// <summary>A small HTTP service in the test process; answers its own name and the path that it was asked for, or 500 to every so many requests.</summary>
public sealed class Upstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Upstream(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    public static async Task<Upstream> StartAsync(string name, int failEvery = 0)
    {
        var asked = 0;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context =>
        {
            if (failEvery > 0 && Interlocked.Increment(ref asked) % failEvery == 0) context.Response.StatusCode = 500;
            return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"{name} {context.Request.Path}")).AsTask();
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new Upstream(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
