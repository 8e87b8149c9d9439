using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.ServiceDefaults.Listening;

/// <summary>Listeners that speak HTTP/1.1 and cleartext HTTP/2 (so gRPC) on one port each.</summary>
public static class MeshListeners
{
    // One ADS stream per client over few connections: the default of 100 would queue the rest without a word.
    private const int MaxStreamsPerConnection = 10_000;

    /// <summary>A further listener beside the main one, for example an admin port.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="variable">The setting that holds its port (then on loopback) or its URLs, for example <c>MESH_ADMIN_PORT</c>.</param>
    /// <param name="defaultPort">The loopback port where that setting is absent; 0 takes a free one.</param>
    public static WebApplicationBuilder AddMeshListener(this WebApplicationBuilder builder, string variable, int defaultPort)
    {
        builder.Listen(ListenAddresses.OfVariable(builder.Configuration[variable], defaultPort));
        return builder;
    }

    internal static void AddMeshListeners(this WebApplicationBuilder builder, int defaultPort)
    {
        var addresses = ListenAddresses.Of(builder.Configuration, defaultPort);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<SocketTransportFactory>();
        builder.Services.AddSingleton<IConnectionListenerFactory, DualProtocolTransportFactory>();
        builder.Services.AddTransient<IStartupFilter, HostingUrlsFilter>();
        builder.Services.AddHostedService<ListeningReport>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
        });
        builder.Listen(addresses);
    }

    private static void Listen(this WebApplicationBuilder builder, IReadOnlyList<IPEndPoint> addresses) =>
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (var address in addresses)
            {
                var port = new DualProtocolPort(address);
                kestrel.Listen(port.Http1, options => options.Protocols = HttpProtocols.Http1);
                kestrel.Listen(port.Http2, options => options.Protocols = HttpProtocols.Http2);
            }
        });
}
