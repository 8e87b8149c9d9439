using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mesh.AppHost.Resources;

/// <summary>Redis and Kafka without a container: the default on one machine.</summary>
internal static class EmbeddedServers
{
    /// <summary>Garnet, in memory. Its password is recreated at each start: without one, any web page could write to it.</summary>
    public static IResourceBuilder<EmbeddedServerResource> AddEmbeddedRedis(this IDistributedApplicationBuilder builder, string name)
    {
        var made = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var password = new ParameterResource($"{name}-password", _ => made, secret: true);
        return builder.AddEmbeddedServer<Projects.Mesh_LocalRedis>(name, password)
            .WithEnvironment("MESH_REDIS_PASSWORD", ReferenceExpression.Create($"{password}"));
    }

    /// <summary>librdkafka's own broker, in memory.</summary>
    public static IResourceBuilder<EmbeddedServerResource> AddEmbeddedKafka(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddEmbeddedServer<Projects.Mesh_LocalKafka>(name, password: null);

    /// <summary>Gives a host that refers to the embedded Kafka what this broker wants otherwise than Kafka's own.</summary>
    public static void ConfigureClient(EnvironmentCallbackContext context)
    {
        if (!context.Resource.Annotations.OfType<ResourceRelationshipAnnotation>()
            .Any(relationship => relationship.Resource is EmbeddedServerResource { Password: null }))
            return;
        // librdkafka's broker holds an empty fetch for the whole time a client allows, whatever arrives meanwhile. Only who has no other
        // feed needs it quick.
        context.EnvironmentVariables["Mesh__Kafka__FetchWaitMaxMs"] = "2";
        // This broker waits nearly another session timeout before it shares out again, and 3 s before it first does: more than that, and
        // little.
        context.EnvironmentVariables["Mesh__Kafka__SessionTimeoutMs"] = "3500";
    }

    private static IResourceBuilder<EmbeddedServerResource> AddEmbeddedServer<TProject>(this IDistributedApplicationBuilder builder,
        string name, ParameterResource? password)
        where TProject : IProjectMetadata, new()
    {
        var server = builder.AddResource(new EmbeddedServerResource(name, BuiltProgram.PathOf(new TProject()), password))
            .WithEndpoint(name: EmbeddedServerResource.EndpointName, scheme: "tcp", isProxied: false)
            .WithEndpoint(EmbeddedServerResource.EndpointName, endpoint => endpoint.TargetHost = "127.0.0.1")
            .ExcludeFromManifest();
        server.WithArgs("--port", server.Resource.Endpoint.Property(EndpointProperty.TargetPort));
        var check = $"{name}-accepts";
        builder.Services.AddHealthChecks().AddAsyncCheck(check, cancellation => AcceptsAsync(server.Resource.Endpoint, cancellation));
        return server.WithHealthCheck(check);
    }

    private static async Task<HealthCheckResult> AcceptsAsync(EndpointReference endpoint, CancellationToken cancellationToken)
    {
        if (!endpoint.IsAllocated)
            return HealthCheckResult.Unhealthy("It has no port yet.");
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (SocketException refused)
        {
            return HealthCheckResult.Unhealthy(refused.Message);
        }
    }
}
