using Mesh.Api.Modules;
using Mesh.Kernel.Modules;
using Mesh.Messaging.Hosting;
using Mesh.Messaging.Kafka;
using Mesh.Modules;
using Mesh.Registry.DeadLetters;
using Mesh.Registry.Grpc;
using Mesh.ServiceDefaults;
using Mesh.Storage.Hosting;

namespace Mesh.Registry.Hosting;

/// <summary>The Registry put together: defaults, modules, writer, leases, relay, dead letters, then every endpoint.</summary>
internal static class RegistryApp
{
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        builder.AddMeshDefaults("registry", 7400);
        builder.AddMeshModules(MeshRole.Registry, BuiltInModules.All());
        builder.AddMeshWriter();
        builder.AddMeshLeases(ticks: true);
        builder.AddMeshLoadWindows();
        builder.AddMeshRelay();
        builder.AddMeshLogService();
        builder.Services.AddDeadLetters();
        builder.AddRegistry();

        var app = builder.Build();
        app.MapMeshDefaults();
        app.MapRegistry();
        app.MapMeshLogService();
        app.MapDeadLetters();
        app.MapMeshModules(MeshRole.Registry);
        return app;
    }
}
