// A service in two versions: HELLO_VERSION says which one this process is, HELLO_WEIGHT how much of the traffic it wants.
using Mesh.Samples;
using Mesh.ServiceDefaults;
using Mesh.ServiceDefaults.Guarding;

var builder = WebApplication.CreateBuilder(args);
builder.AddMeshDefaults("hello", 0, use: ListenerUse.Application);
var version = builder.Configuration["HELLO_VERSION"] ?? "v1";
builder.Services.AddMeshRegistration(new MeshRegistrationOptions
{
    Name = "hello",
    InstanceId = InstanceIds.Of(builder.Configuration, $"hello-{version}"),
    Protocol = "http",
    Version = version,
    Weight = builder.Configuration.GetValue("HELLO_WEIGHT", 100),
});

var app = builder.Build();
app.MapMeshDefaults();
app.MapGet("/", () => $"Hello from {version}\n");
app.Run();
