using Mesh.Api.Modules;
using Mesh.Kernel.Modules;
using Mesh.Messaging.Hosting;
using Mesh.Modules;
using Mesh.ServiceDefaults;
using Mesh.ServiceDefaults.Identity;
using Mesh.ServiceDefaults.Programs;
using Mesh.Worker.Status;

// Reconcilers and timers over a replica of the log, shared among all workers: docs/flow.md, step 8.
return await MeshProgram.RunAsync(async () =>
{
    var builder = WebApplication.CreateBuilder(args);
    builder.AddMeshDefaults("worker", 7420);
    builder.AddHostIdentity("default", "worker");
    builder.AddMeshModules(MeshRole.Worker, BuiltInModules.All());
    builder.AddMeshReplica();
    builder.AddMeshLeases();
    builder.AddMeshLoadWindows();
    builder.AddMeshAppliedClients();
    builder.AddMeshReconciling();
    builder.AddWorkerStatus();

    var app = builder.Build();
    app.MapMeshDefaults();
    app.MapWorkerStatus();
    app.MapMeshModules(MeshRole.Worker);
    await app.RunAsync();
});
