using Grpc.Core;
using Grpc.Health.V1;
using Mesh.ServiceDefaults;
using Mesh.ServiceDefaults.Guarding;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Interop;

/// <summary>A real gRPC server that says in its response headers who it is.</summary>
internal sealed class NamedGrpcServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private NamedGrpcServer(WebApplication app) => (_app, Port) = (app, new Uri(app.Urls.First()).Port);

    public int Port { get; }

    /// <param name="name">Said in its response headers.</param>
    /// <param name="answer">What it does before it answers; nothing if unset.</param>
    public static async Task<NamedGrpcServer> Start(string name, Func<ServerCallContext, Task>? answer = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Testing" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0" });
        builder.AddMeshDefaults(name, 0, use: ListenerUse.Application);
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new NamedHealth(name, answer));
        var app = builder.Build();
        app.MapGrpcService<NamedHealth>();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new NamedGrpcServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private sealed class NamedHealth(string name, Func<ServerCallContext, Task>? answer) : Health.HealthBase
    {
        public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "server", name } });
            if (answer is not null) await answer(context);
            return new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving };
        }
    }
}
