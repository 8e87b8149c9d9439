using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static class RedisBuilderExtensions
{
    /// <summary>Adds a Redis: Garnet in a child process, in memory, on loopback.</summary>
    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port = null) =>
        builder.AddResource(new RedisResource(name)).WithAnnotation(new EndpointAnnotation(ProtocolType.Tcp, "tcp", "tcp", port));
}
