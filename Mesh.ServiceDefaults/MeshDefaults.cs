using Mesh.ServiceDefaults.Guarding;
using Mesh.ServiceDefaults.Health;
using Mesh.ServiceDefaults.Listening;
using Mesh.ServiceDefaults.Logging;
using Mesh.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.ServiceDefaults;

/// <summary>What every host of the mesh has: where it listens, what it tells about itself, and how it logs.</summary>
public static class MeshDefaults
{
    /// <summary>
    /// Adds listeners (HTTP/1.1 and cleartext HTTP/2 on one port), telemetry, health checks and one-line console logging.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="serviceName">
    /// Its name in telemetry and logs, for example <c>registry</c>; <c>OTEL_SERVICE_NAME</c> overrides it.
    /// </param>
    /// <param name="defaultPort">
    /// The loopback port when the environment says nothing (<c>ASPNETCORE_URLS</c>, <c>HTTP_PORTS</c>); 0 takes a free one.
    /// </param>
    /// <param name="configure">Puts something before HTTP on the connections; called for either version by itself.</param>
    /// <param name="use">What the listener is for: which names and web pages it takes.</param>
    public static WebApplicationBuilder AddMeshDefaults(
        this WebApplicationBuilder builder, string serviceName, int defaultPort, Action<ListenOptions>? configure = null,
        ListenerUse use = ListenerUse.Interface)
    {
        builder.AddMeshLogging();
        builder.AddMeshListeners(defaultPort, configure, use);
        builder.AddMeshTelemetry(serviceName);
        builder.AddMeshHealth();
        return builder;
    }

    /// <summary>Maps <c>/health/live</c>, <c>/health/ready</c> and <c>/metrics</c> (Prometheus).</summary>
    public static WebApplication MapMeshDefaults(this WebApplication app)
    {
        app.MapMeshHealth();
        app.MapMeshMetrics();
        return app;
    }
}
