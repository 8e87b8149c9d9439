using Mesh.AspNetCore;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Security.Support;

/// <summary>A service with <c>UseMeshTls</c> whose certificates are a real Registry's. By default it answers with who has asked.</summary>
internal sealed class MeshServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private MeshServer(WebApplication app, int port) => (_app, Port) = (app, port);

    public int Port { get; }

    public IMeshIdentity Identity => _app.Services.GetRequiredService<IMeshIdentity>();

    public static async Task<MeshServer> Start(SigningRegistry registry, string service, MeshTlsMode mode, RequestDelegate? answer = null,
        string? token = null, CancellationToken? cancellation = null, Action<WebApplication>? map = null,
        Action<WebApplicationBuilder>? build = null, HttpProtocols protocols = HttpProtocols.Http1AndHttp2)
    {
        var cancel = cancellation ?? TestContext.Current.CancellationToken;
        var folder = registry.Folder($"{service}-{Guid.NewGuid():N}");
        return await Start(registry.Address, service, mode, folder, token ?? await registry.Token(service), answer, cancel, map, build,
            protocols);
    }

    /// <summary>The same with a Registry of any kind, a token of it and a folder.</summary>
    public static async Task<MeshServer> Start(Uri registry, string service, MeshTlsMode mode, string folder, string token,
        RequestDelegate? answer, CancellationToken cancel, Action<WebApplication>? map = null, Action<WebApplicationBuilder>? build = null,
        HttpProtocols protocols = HttpProtocols.Http1AndHttp2)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var (port, file) = (FreePort.Next(), folder + ".token");
        await File.WriteAllTextAsync(file, token, cancel);
        builder.Services.AddMeshIdentity(options =>
        {
            (options.Registry, options.Service) = (registry, service);
            (options.Folder, options.JoinTokenFile) = (folder, file);
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port, listen =>
        {
            listen.Protocols = protocols;
            listen.UseMeshTls(mode);
        }));
        build?.Invoke(builder);
        var app = builder.Build();
        if (map is not null) map(app);
        else app.Run(answer ?? (context => context.Response.WriteAsync(context.GetPeerSpiffeId() ?? "nobody")));
        try
        {
            await app.StartAsync(cancel);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new MeshServer(app, port);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
