using Mesh.ServiceDefaults;
using Microsoft.AspNetCore.Builder;

namespace Mesh.Tests.ServiceDefaults;

/// <summary>A host with the mesh's defaults, in this process, on a free port.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private TestHost(WebApplication app) => App = app;

    public WebApplication App { get; }

    public Uri Address => new(App.Urls.First());

    public static async Task<TestHost> Start(Action<WebApplicationBuilder>? services = null, Action<WebApplication>? endpoints = null,
        params string[] arguments)
    {
        var builder = WebApplication.CreateBuilder(arguments);
        builder.AddMeshDefaults("test", 0);
        services?.Invoke(builder);
        var app = builder.Build();
        app.MapMeshDefaults();
        app.MapGet("/version", (Microsoft.AspNetCore.Http.HttpContext context) => context.Request.Protocol);
        endpoints?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestHost(app);
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync(CancellationToken.None);
        await App.DisposeAsync();
    }
}
