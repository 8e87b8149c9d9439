using Mesh.Api.Modules;
using Mesh.ControlPlane.Hosting;
using Mesh.Kernel.Modules;
using Mesh.Messaging.Hosting;
using Mesh.Modules;
using Mesh.ServiceDefaults;
using Mesh.ServiceDefaults.Programs;

// The read side of the mesh: follows the log, compiles it into xDS and serves it to proxies and gRPC clients.
return await MeshProgram.RunAsync(async () =>
{
    var builder = WebApplication.CreateBuilder(args);
    builder.AddMeshDefaults("control-plane", 7410);
    builder.AddMeshModules(MeshRole.ControlPlane, BuiltInModules.All());
    builder.AddMeshReplica();
    builder.AddControlPlane();

    var app = builder.Build();
    app.MapMeshDefaults();
    app.MapControlPlane();
    app.MapMeshModules(MeshRole.ControlPlane);
    await app.RunAsync();
});
