using System.Net;
using Mesh.Kernel.Settings;
using Mesh.ServiceDefaults.Guarding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.ServiceDefaults.Listening;

/// <summary>Listeners that speak HTTP/1.1 and cleartext HTTP/2 (so gRPC) on one port each.</summary>
public static class MeshListeners
{
    // One ADS stream per client over few connections: the default of 100 would queue the rest without a word.
    private const int MaxStreamsPerConnection = 10_000;

    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(30), PingTimeout = TimeSpan.FromSeconds(20);

    /// <summary>A further listener beside the main one, for example an admin port.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="variable">The setting that holds its port (then on loopback) or its URLs, for example <c>MESH_ADMIN_PORT</c>.</param>
    /// <param name="defaultPort">The loopback port where that setting is absent; 0 takes a free one.</param>
    /// <param name="configure">Puts something before HTTP on its connections; called for either version by itself.</param>
    /// <param name="use">What it is for: which names and web pages it takes.</param>
    public static WebApplicationBuilder AddMeshListener(
        this WebApplicationBuilder builder, string variable, int defaultPort, Action<ListenOptions>? configure = null,
        ListenerUse use = ListenerUse.Interface)
    {
        builder.Listen(ListenAddresses.OfVariable(builder.Configuration, variable, defaultPort), configure, use);
        return builder;
    }

    /// <summary>
    /// Refuses a setting that cannot be read also where the listener is not opened, so that it is not found wrong on the day it is.
    /// </summary>
    /// <param name="configuration">The host's.</param>
    /// <param name="variable">The setting that holds its port or its URLs.</param>
    /// <exception cref="SettingException">It is neither.</exception>
    public static void CheckListener(this IConfiguration configuration, string variable) =>
        ListenAddresses.OfVariable(configuration, variable, 0);

    /// <summary>A listener for connections that are not HTTP.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="purpose">What for, in the log.</param>
    /// <param name="serve">Serves a connection until it is over.</param>
    /// <param name="configure">Puts something before that, such as TLS.</param>
    public static WebApplicationBuilder AddRawListener(
        this WebApplicationBuilder builder, IPEndPoint address, string purpose, Func<IServiceProvider, ConnectionContext, Task> serve,
        Action<ListenOptions>? configure = null)
    {
        builder.Services.AddSingleton(new RawListener(address, purpose));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, options =>
        {
            configure?.Invoke(options);
            options.Run(connection => serve(options.ApplicationServices, connection));
        }));
        return builder;
    }

    /// <summary>A listener for connections that are not HTTP.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="variable">The setting that holds its port (then on loopback) or its URLs.</param>
    /// <param name="defaultPort">The loopback port where that setting is absent.</param>
    /// <param name="purpose">What for, in the log.</param>
    /// <param name="serve">Serves a connection until it is over.</param>
    /// <param name="configure">Puts something before that, such as TLS.</param>
    public static WebApplicationBuilder AddRawListener(
        this WebApplicationBuilder builder, string variable, int defaultPort, string purpose,
        Func<IServiceProvider, ConnectionContext, Task> serve, Action<ListenOptions>? configure = null)
    {
        foreach (var address in ListenAddresses.OfVariable(builder.Configuration, variable, defaultPort))
            builder.AddRawListener(address, purpose, serve, configure);
        return builder;
    }

    internal static void AddMeshListeners(this WebApplicationBuilder builder, int defaultPort, Action<ListenOptions>? configure,
        ListenerUse use)
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
            // Whoever is gone without a word (a machine that lost its power, a NAT that has forgotten the connection) would hold its
            // streams for ever.
            kestrel.Limits.Http2.KeepAlivePingDelay = SilentFor;
            kestrel.Limits.Http2.KeepAlivePingTimeout = PingTimeout;
        });
        builder.Listen(addresses, configure, use);
    }

    private static void Listen(this WebApplicationBuilder builder, IReadOnlyList<IPEndPoint> addresses, Action<ListenOptions>? configure,
        ListenerUse use)
    {
        builder.Services.AddWebPageGuard(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (var address in addresses)
            {
                var port = new DualProtocolPort(address);
                kestrel.Listen(port.Http1, options => Speak(options, HttpProtocols.Http1, address.Address));
                kestrel.Listen(port.Http2, options => Speak(options, HttpProtocols.Http2, address.Address));
            }

            void Speak(ListenOptions options, HttpProtocols protocols, IPAddress bound)
            {
                options.Protocols = protocols;
                options.Guard(bound, use);
                configure?.Invoke(options);
            }
        });
    }
}
