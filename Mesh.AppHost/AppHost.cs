// The whole topology. It compiles against Mesh.LocalHosting (the default: processes on this machine) and against Aspire
// (-p:UseAspire=true: containers, the Aspire dashboard, azd up), so only members that both have may be used here.
using Aspire.Hosting;

var builder = DistributedApplication.CreateBuilder(args);

var redis = builder.AddRedis("redis").WithImageTag("8.2.2");

var kafka = builder.AddKafka("kafka").WithImageTag("8.0.3");

var registry = builder.AddProject<Projects.Mesh_Registry>("registry")
    .WithHttpEndpoint(port: Pinned(7400), name: "http")
    .WithHttpHealthCheck("/health/ready")
    .WithReference(redis)
    .WithReference(kafka)
    .WaitFor(redis)
    .WaitFor(kafka);

var controlPlane = builder.AddProject<Projects.Mesh_ControlPlane>("controlplane")
    .WithHttpEndpoint(port: Pinned(7410), name: "http")
    .WithHttpHealthCheck("/health/ready")
    .WithReference(redis)
    .WithReference(kafka)
    .WithReference(registry)
    .WaitFor(registry);

var worker = builder.AddProject<Projects.Mesh_Worker>("worker")
    .WithHttpEndpoint(port: Pinned(7420), name: "http")
    .WithHttpHealthCheck("/health/ready")
    .WithReference(redis)
    .WithReference(kafka)
    .WithReference(registry)
    .WaitFor(registry);

var gateway = builder.AddProject<Projects.Mesh_Proxy>("gateway")
    .WithHttpEndpoint(port: Pinned(7480), name: "http")
    .WithHttpHealthCheck("/health/ready")
    .WithReference(controlPlane)
    .WaitFor(controlPlane)
    // Of the requests it forwards only those are traced whose caller began a trace.
    .WithEnvironment("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    .WithExternalHttpEndpoints();

if (builder.ExecutionContext.IsRunMode)
{
    // One ingress per app is all that a deployment has, and the admin port is not for it.
    gateway.WithHttpEndpoint(port: 7481, name: "admin", env: "MESH_ADMIN_PORT");
}
else
{
    // A deployment outlives its machines, and a container's disk would end with it: the log is on a PostgreSQL that whoever deploys names.
    // On one machine it is a SQLite file in the data folder.
    registry.WithReference(builder.AddConnectionString("mesh"));

    // Parts call each other by names below the environment's domain, which is the platform's: nobody else can lead one here.
    const string Names = "*.azurecontainerapps.io";
    registry.WithEnvironment("Mesh__AllowedHosts", Names);
    controlPlane.WithEnvironment("Mesh__AllowedHosts", Names);
    worker.WithEnvironment("Mesh__AllowedHosts", Names);
}

if (args.Contains("--demo"))
{
    builder.AddProject<Projects.Hello>("hello-v1")
        .WithHttpEndpoint(name: "http")
        .WithHttpHealthCheck("/health/ready")
        .WithReference(registry)
        .WithEnvironment("HELLO_VERSION", "v1")
        .WithEnvironment("HELLO_WEIGHT", "80")
        .WaitFor(registry);

    builder.AddProject<Projects.Hello>("hello-v2")
        .WithHttpEndpoint(name: "http")
        .WithHttpHealthCheck("/health/ready")
        .WithReference(registry)
        .WithEnvironment("HELLO_VERSION", "v2")
        .WithEnvironment("HELLO_WEIGHT", "20")
        .WaitFor(registry);

    builder.AddProject<Projects.Greeter>("greeter")
        .WithHttpEndpoint(name: "http")
        .WithHttpHealthCheck("/health/ready")
        .WithReference(registry)
        .WaitFor(registry);
}

builder.Build().Run();

// Deployed, a port belongs to the platform; only on one machine is it worth a name of its own.
int? Pinned(int port) => builder.ExecutionContext.IsRunMode ? port : null;
