using Mesh.Kernel.Settings;
using Mesh.Proxy.Tcp;
using Mesh.ServiceDefaults;
using Mesh.ServiceDefaults.Guarding;
using Mesh.ServiceDefaults.Listening;

namespace Mesh.Proxy.Sidecar;

/// <summary>Makes the proxy a sidecar: where it listens, and who answers what comes in where.</summary>
internal static class SidecarHosting
{
    private const int OutboundPort = 7490;
    private const int InboundPort = 7491;
    private const string InboundSetting = $"{SidecarOptions.Section}:Inbound";

    /// <summary>Whether the settings name a service to stand beside.</summary>
    public static bool IsSidecar(IConfiguration configuration) => configuration[$"{SidecarOptions.Section}:Service"] is { Length: > 0 };

    /// <summary>
    /// Refuses an application without the service that it is an instance of: the proxy would be a gateway then. Refuses an inbound listener
    /// that cannot be read also where there is no application for it.
    /// </summary>
    /// <exception cref="SettingException">It is so.</exception>
    public static void RefuseHalf(IConfiguration configuration, bool isSidecar)
    {
        configuration.CheckListener(InboundSetting);
        if (!isSidecar && configuration[$"{SidecarOptions.Section}:Application"] is { Length: > 0 })
            throw new SettingException(
                "Mesh__Sidecar__Application is set, and Mesh__Sidecar__Service is not: set it to the service that the application is an "
                    + "instance of.");
    }

    /// <summary>Adds the outbound listener, and the inbound one where there is an application.</summary>
    public static void AddSidecar(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection(SidecarOptions.Section).Get<SidecarOptions>()!;
        Check(options);
        builder.AddMeshDefaults("sidecar", OutboundPort, new ConnectTunnels().Use, ListenerUse.Outbound);
        builder.Services.AddOptions<SidecarOptions>().BindConfiguration(SidecarOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<OutboundServices>();
        builder.Services.AddSingleton<OutsideForwarding>();
        builder.Services.AddSingleton<Outbound>();
        var tls = new InboundTls(builder.Configuration, options.Service);
        if (options.Application is { Scheme: "tcp" } application)
        {
            builder.AddRawListener(InboundSetting, InboundPort, $"bytes for the application at {application.Authority}",
                (services, connection) => services.GetRequiredService<TcpSessions>()
                    .ServeFixedAsync(connection, options.Service, application.Authority),
                tls.UseBytes);
        }
        else if (options.Application is not null)
        {
            builder.Services.AddSingleton(tls);
            builder.Services.AddSingleton<Inbound>();
            builder.AddMeshListener(InboundSetting, InboundPort, listen =>
            {
                tls.UseHttp(listen);
                Inbound.Mark(listen);
            }, ListenerUse.Application);
        }
    }

    /// <summary>Answers what comes in on the outbound and the inbound listener.</summary>
    public static Func<HttpContext, RequestDelegate, Task> Handler(WebApplication app)
    {
        var outbound = app.Services.GetRequiredService<Outbound>();
        return app.Services.GetService<Inbound>() is not { } inbound
            ? outbound.HandleAsync
            : (context, next) => context.Features.Get<InboundConnection>() is null
                ? outbound.HandleAsync(context, next)
                : inbound.HandleAsync(context);
    }

    private static void Check(SidecarOptions options)
    {
        if (OutboundHost.Read(options.Service).Service is null)
            throw new SettingException(
                $"'{options.Service}' in Mesh__Sidecar__Service is not a valid service name; write it as shop or shop.billing.");
        if (options.Application is { } application
            && (!application.IsAbsoluteUri || application.Scheme is not ("http" or "tcp") || application.Port <= 0
                || application.AbsolutePath is not ("" or "/")))
        {
            throw new SettingException(
                $"'{application}' in Mesh__Sidecar__Application is not the address of an application; write it as http://127.0.0.1:8080 "
                    + "or tcp://127.0.0.1:5432.");
        }
    }
}
