using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Worker.Support;

/// <summary>One server that plays many instances, one a path: counts its probes and answers as the test says.</summary>
public sealed class CountingServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _hits = new();
    private readonly ConcurrentDictionary<string, int> _answers = new();

    private CountingServer(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Urls.First()).Port;

    public static async Task<CountingServer> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new CountingServer(builder.Build());
        server._app.Run(context =>
        {
            var path = context.Request.Path.Value ?? "";
            server._hits.AddOrUpdate(path, 1, (_, before) => before + 1);
            context.Response.StatusCode = server._answers.GetValueOrDefault(path, StatusCodes.Status200OK);
            return Task.CompletedTask;
        });
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public void Answer(string path, int status) => _answers[path] = status;

    /// <summary>Begins to count again.</summary>
    public void Reset() => _hits.Clear();

    public int Hits(string path) => _hits.GetValueOrDefault(path);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
