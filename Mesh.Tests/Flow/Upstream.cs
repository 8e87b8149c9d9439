using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Flow;

/// <summary>
/// A small HTTP service in the test process; answers its own name and the path that it was asked for, or 500 to every so many requests.
/// </summary>
public sealed class Upstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private volatile int _failEvery;
    private int _asked;

    private Upstream(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>Of so many requests the last one fails, from now on.</summary>
    public void FailEvery(int requests) => _failEvery = requests;

    public static async Task<Upstream> StartAsync(string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var upstream = new Upstream(app);
        app.Run(context =>
        {
            if (upstream._failEvery is > 0 and var every && Interlocked.Increment(ref upstream._asked) % every == 0)
                context.Response.StatusCode = 500;
            return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"{name} {context.Request.Path}")).AsTask();
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return upstream;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
