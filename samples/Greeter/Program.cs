// A gRPC service with grpc.health.v1 and reflection.
using Mesh.Samples;
using Mesh.ServiceDefaults;
using Mesh.ServiceDefaults.Guarding;
using Mesh.ServiceDefaults.Health;

var builder = WebApplication.CreateBuilder(args);
builder.AddMeshDefaults("greeter", 0, use: ListenerUse.Application);
builder.Services.AddGrpc();
builder.Services.AddGrpcReflection();
// Whether it serves, not whether it is registered: the mesh asks this before it counts as found.
builder.Services.AddGrpcHealthChecks(options => options.Services.Map("", check => check.Tags.Contains(MeshHealth.Live)));
builder.Services.AddMeshRegistration(new MeshRegistrationOptions
{
    Name = "greeter",
    InstanceId = InstanceIds.Of(builder.Configuration, "greeter"),
    Protocol = "grpc",
});

var app = builder.Build();
app.MapMeshDefaults();
app.MapGrpcService<GreeterService>();
app.MapGrpcHealthChecksService();
app.MapGrpcReflectionService();
app.Run();
