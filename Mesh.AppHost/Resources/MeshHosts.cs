using System.Runtime.InteropServices;
using Mesh.AppHost.Settings;

namespace Mesh.AppHost.Resources;

/// <summary>How hosts of the mesh, and programs like them, are added.</summary>
internal static class MeshHosts
{
    // https://github.com/microsoft/aspire/blob/main/docs/specs/IDE-execution.md: set by an IDE that wants to start the projects itself.
    private const string IdeSession = "DEBUG_SESSION_PORT";

    /// <summary>
    /// A host with one HTTP endpoint and its readiness check. It is its own process; published, or started from an IDE, it is a project.
    /// </summary>
    /// <typeparam name="TProject">Which project, as Aspire's SDK generates it.</typeparam>
    /// <param name="builder">AppHost's builder.</param>
    /// <param name="local">This machine.</param>
    /// <param name="name">Of the resource.</param>
    /// <param name="port">Its own port on one machine; null takes a free one.</param>
    public static IResourceBuilder<IMeshHost> AddMeshHost<TProject>(this IDistributedApplicationBuilder builder, LocalMachine local,
        string name, int? port)
        where TProject : IProjectMetadata, new()
    {
        var host = !local.IsUsed || builder.Configuration[IdeSession] is { Length: > 0 }
            ? builder.AddAsProject<TProject>(name)
            : builder.AddAsProcess<TProject>(name);
        host.WithHttpEndpoint(local.Pinned(port), name: "http", isProxied: local.Proxied)
            .WithHttpHealthCheck("/health/ready");
        // By its address: what listens on the other family's loopback, as anybody on the machine may, would answer to the name 'localhost'
        // first.
        if (local.IsUsed)
            host.WithEndpoint("http", endpoint => endpoint.TargetHost = "127.0.0.1").WithEnvironment(local.Configure)
                .WithEnvironment(EmbeddedServers.ConfigureClient);
        return host;
    }

    // AddProject without its own type, so that a project and a process are both hosts; its method for that is marked as new.
#pragma warning disable ASPIREPROJECTS001
    private static IResourceBuilder<IMeshHost> AddAsProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() =>
        builder.AddResource(new MeshProjectResource(name))
            .WithAnnotation(new TProject())
            .WithProjectDefaults(new ProjectResourceOptions { ExcludeLaunchProfile = true });
#pragma warning restore ASPIREPROJECTS001

    private static IResourceBuilder<IMeshHost> AddAsProcess<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        var program = BuiltProgram.PathOf(new TProject());
        return builder.AddResource(new MeshProcessResource(name, program, Path.GetDirectoryName(program)!))
            .WithOtlpExporter()
            .WithEnvironment(static context =>
            {
                var resource = (IMeshHost)context.Resource;
                context.EnvironmentVariables["ASPNETCORE_URLS"] =
                    ReferenceExpression.Create(
                        $"http://127.0.0.1:{new EndpointReference(resource, "http").Property(EndpointProperty.TargetPort)}");
                // AppHost may run with a .NET that stands in no default place; its children need the same one.
                context.EnvironmentVariables[
                    "DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
            });
    }
}
