// The whole topology. On one machine everything is a process of its own, and nothing but the .NET SDK is needed; with --containers, Redis,
// Kafka and PostgreSQL are containers. Published (docs/deployment.md), Kafka and PostgreSQL are services that whoever deploys names, and
// Redis is one or a container.
using Mesh.AppHost.Commands;
using Mesh.AppHost.Resources;
using Mesh.AppHost.Running;
using Mesh.AppHost.Settings;

var options = AppHostOptions.Parse(args);
if (options.Answer(Console.Out, Console.Error) is { } exitCode)
    return exitCode;

DashboardSettings.BypassProxies();
var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
{
    Args = [.. options.ForAspire],
    DashboardApplicationName = "Cdaprod Mesh",
});
var local = builder.AddLocalMachine(options);

IResourceBuilder<IResourceWithConnectionString> redis =
    local.IsNamed("redis") ? builder.AddConnectionString("redis")
    : local.UsesContainers
        ? builder.AddRedis("redis").WithImageTag("8.2.2").WithDataVolume(local.Volume("redis")).WithPersistence(TimeSpan.FromMinutes(1))
    : builder.AddEmbeddedRedis("redis").WithIconName("Database");

// Deployed it is named, as PostgreSQL is: neither can keep its files on the network shares that container platforms have for volumes.
IResourceBuilder<IResourceWithConnectionString> kafka =
    !local.IsUsed ? builder.AddConnectionString("kafka")
    : local.UsesContainers ? builder.AddKafka("kafka").WithDataVolume()
    : builder.AddEmbeddedKafka("kafka").WithIconName("Stream");

// An ingress takes HTTP/1.1 and 2 from clients, but speaks one of them to an app: what has gRPC beside REST gets HTTP/2, and answers both
// over it.
var registry = builder.AddMeshHost<Projects.Mesh_Registry>(local, "registry", port: 7400)
    .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/swagger", DisplayText = "Swagger UI" })
    .WithIconName("BookDatabase")
    .WithReference(redis)
    .WithReference(kafka)
    .WaitFor(redis)
    .WaitFor(kafka)
    .AsHttp2Service()
    .WithRegistryCommands();

var controlPlane = builder.AddMeshHost<Projects.Mesh_ControlPlane>(local, "controlplane", port: 7410)
    .WithIconName("Flow")
    .WithUrlForEndpoint("http", url => url.Url += "/health/ready")
    .WithReference(redis)
    .WithReference(kafka)
    .WithReference(registry)
    .WaitFor(registry)
    .AsHttp2Service();

var worker = builder.AddMeshHost<Projects.Mesh_Worker>(local, "worker", port: 7420)
    .WithIconName("Wrench")
    .WithUrlForEndpoint("http", url => url.Url += "/health/ready")
    .WithReference(redis)
    .WithReference(kafka)
    .WithReference(registry)
    .WaitFor(registry)
    .WithIdentity(local, registry);

var gateway = builder.AddMeshHost<Projects.Mesh_Proxy>(local, "gateway", port: 7480)
    .WithIconName("ArrowRouting")
    .WithReference(controlPlane)
    .WaitFor(controlPlane)
    .WithIdentity(local, registry)
    // Of the requests it forwards only those are traced whose caller began a trace.
    .WithEnvironment("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    .WithExternalHttpEndpoints();

if (local.IsUsed)
{
    // One ingress per app is all that a deployment has, and the admin port is not for it.
    gateway.WithHttpEndpoint(local.Pinned(7481), name: "admin", env: "MESH_ADMIN_PORT", isProxied: false)
        .WithUrlForEndpoint("admin", url => (url.Url, url.DisplayText) = ($"{url.Url}/config", "Admin"))
        .WithEndpoint("admin", endpoint => endpoint.TargetHost = "127.0.0.1")
        .WithUrlForEndpoint("http", url => url.DisplayText = "Gateway")
        .WithGatewayCommands();
    // Without containers, the log is a SQLite file in the data folder.
    if (local.UsesContainers)
    {
        var mesh = builder.AddPostgres("postgres").WithDataVolume().AddDatabase("mesh");
        registry.WithReference(mesh).WaitFor(mesh);
    }
}
else
{
    // A deployment outlives its machines, and a container's disk would end with it: the log is on a PostgreSQL that whoever deploys names.
    registry.WithReference(builder.AddConnectionString("mesh"));

    // In an image made by the SDK a host does not own its working folder. What it keeps in this one, a last good configuration, need not
    // outlive the container.
    gateway.WithEnvironment("MESH_DATA_DIR", "/tmp/mesh");

    // Parts call each other by names below the environment's domain, which is the platform's: nobody else can lead one here.
    foreach (var host in new[] { registry, controlPlane, worker })
        host.WithEnvironment("Mesh__AllowedHosts", "*.azurecontainerapps.io");
}

if (options.Demo)
{
    AddHello("v1", weight: "80");
    AddHello("v2", weight: "20");
    builder.AddMeshHost<Projects.Greeter>(local, "greeter", port: null)
        .WithIconName("Chat")
        .WithUrlForEndpoint("http", url => url.Url += "/health/ready")
        .WithReference(registry)
        .WaitFor(registry);
}

if (StartChecks.FaultOf(local, builder.Resources) is { } fault)
{
    Console.Error.WriteLine(fault);
    return 1;
}

return builder.Build().RunToTheEnd();

void AddHello(string version, string weight) =>
    builder.AddMeshHost<Projects.Hello>(local, $"hello-{version}", port: null)
        .WithIconName("HandWave")
        .WithReference(registry)
        .WithEnvironment("HELLO_VERSION", version)
        .WithEnvironment("HELLO_WEIGHT", weight)
        .WaitFor(registry);
