using Mesh.Discovery;
using Mesh.Kernel.Hosting;
using Mesh.Kernel.Kafka;
using Mesh.Kernel.Leases;
using Mesh.Kernel.Loads;
using Mesh.Kernel.Modules;
using Mesh.Kernel.Reconciling.DeadLetters;
using Mesh.Registry.Grpc;
using Mesh.Resilience;
using Mesh.ServiceDefaults;
using Mesh.Traffic;

namespace Mesh.Registry.Hosting;

/// <summary>The Registry put together: defaults, modules, writer, leases, relay, dead letters, then every endpoint.</summary>
internal static class RegistryApp
{
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        builder.AddMeshDefaults("registry", 7400);
        var modules = builder.AddMeshModules(MeshRole.Registry, new DiscoveryModule(), new ResilienceModule(), new TrafficModule());
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
        foreach (var module in modules.Active) module.MapEndpoints(app, MeshRole.Registry);
        return app;
    }
}
