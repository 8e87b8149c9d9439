using Mesh.ControlPlane.Hosting;
using Mesh.Discovery;
using Mesh.Kernel.Hosting;
using Mesh.Kernel.Modules;
using Mesh.Kernel.Replication;
using Mesh.Resilience;
using Mesh.ServiceDefaults;
using Mesh.ServiceDefaults.Programs;
using Mesh.Traffic;

// The read side of the mesh: follows the log, compiles it into xDS and serves it to proxies and gRPC clients.
return await MeshProgram.Run(async () =>
{
    var builder = WebApplication.CreateBuilder(args);
    builder.AddMeshDefaults("control-plane", 7410);
    var modules = builder.AddMeshModules(MeshRole.ControlPlane, new DiscoveryModule(), new ResilienceModule(), new TrafficModule());
    builder.AddMeshReplica();
    builder.AddControlPlane();

    var app = builder.Build();
    app.MapMeshDefaults();
    app.MapControlPlane();
    foreach (var module in modules.Active) module.MapEndpoints(app, MeshRole.ControlPlane);
    await app.RunAsync();
});
