using System.Text;
using Mesh.DataPlane.Ads;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Transport;
using Mesh.Proxy.Admin;
using Mesh.Proxy.Draining;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Hosting;
using Mesh.Proxy.Sidecar;
using Mesh.Proxy.Tcp;
using Mesh.Proxy.Telemetry;
using Mesh.ServiceDefaults;
using Mesh.ServiceDefaults.Guarding;
using Mesh.ServiceDefaults.Identity;
using Mesh.ServiceDefaults.Listening;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using OpenTelemetry.Metrics;

namespace Mesh.Proxy;

/// <summary>
/// The gateway: port 7480 for requests to the mesh, port 7481 (<c>MESH_ADMIN_PORT</c>) for those who look after it; or, where
/// <c>Mesh__Sidecar__Service</c> names a service, the sidecar of one of its instances. Flow step 9.
/// </summary>
public static class GatewayHost
{
    private const int DefaultPort = 7480;
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>
    /// Has a request handled on the thread that read it from the socket, from client to endpoint and back, instead of being handed from
    /// thread to thread: nothing on its way ever blocks. Measured, that is a third less processor time a request. To be called before
    /// the process opens its first socket; what the environment says stands.
    /// </summary>
    public static void PreferInlineCompletions()
    {
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
    }

    /// <summary>Builds the host.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        var sidecar = SidecarHosting.IsSidecar(builder.Configuration);
        SidecarHosting.RefuseHalf(builder.Configuration, sidecar);
        if (sidecar)
            builder.AddSidecar();
        else
            builder.AddMeshDefaults("gateway", DefaultPort, use: ListenerUse.Services);
        AddIdentity(builder, sidecar);
        builder.AddTcpListeners();
        builder.AddMeshListener(AdminPort.Variable, sidecar ? AdminPort.SidecarDefault : AdminPort.Default);
        builder.WebHost.ConfigureKestrel(Kestrel);
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        // The framework would begin an activity and a log scope for each request for the sake of this category alone.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // A failed attempt is told by this host in its own words, once an endpoint.
        builder.Logging.AddFilter("Yarp.ReverseProxy.Forwarder", LogLevel.None);

        builder.Services.AddOptions<GatewayOptions>().BindConfiguration(GatewayOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(AdsSettings.From(builder.Configuration));
        builder.Services.AddSingleton<AdsClient>();
        builder.Services.AddSingleton(services => services.GetRequiredService<AdsClient>().Config);
        builder.Services.AddHostedService<AdsClientService>();
        builder.Services.AddHostedService<IncidentService>();
        builder.Services.AddHttpForwarder();
        builder.Services.AddSingleton(services =>
            new ClusterTransports(services.GetRequiredService<IOptions<GatewayOptions>>().Value.IdleConnection,
                services.GetService<IClientIdentity>()));
        builder.Services.AddSingleton<GatewayMetrics>();
        builder.Services.AddSingleton<ISharedLimits>(services => new SharedLimitClient(
            () => services.GetRequiredService<AdsClient>().ControlPlane,
            services.GetRequiredService<IOptions<GatewayOptions>>().Value.RateLimitTimeout,
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<SharedLimitClient>>()));
        builder.Services.AddSingleton<RateLimiting>();
        builder.Services.AddCallEngine();
        builder.Services.AddSingleton<Forwarding.Forwarding>();
        builder.Services.AddSingleton<Gateway>();
        builder.Services.AddSingleton<AdminPort>();
        builder.Services.AddDraining();
        builder.Services.AddHealthChecks().AddCheck<ReadyCheck>("configuration");
        builder.Services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddView(OwnMetricsOnly));

        var app = builder.Build();
        UseGateway(app, sidecar, sidecar ? SidecarHosting.Handler(app) : app.Services.GetRequiredService<Gateway>().HandleAsync);
        app.UseRouting();
        app.MapMeshDefaults();
        app.MapGatewayAdmin();
        return app;
    }

    // A sidecar speaks for the service that it stands beside, and for no other.
    private static void AddIdentity(WebApplicationBuilder builder, bool isSidecar)
    {
        var own = builder.Configuration[isSidecar ? $"{SidecarOptions.Section}:Service" : "Mesh:Service"];
        var (ns, service) = XdsNames.Parse(XdsNames.Canonical(own is { Length: > 0 } ? own : "gateway"));
        builder.AddHostIdentity(ns, service, isSidecar);
    }

    private static void UseGateway(WebApplication app, bool isSidecar, Func<HttpContext, RequestDelegate, Task> handle)
    {
        var admin = app.Services.GetRequiredService<AdminPort>();
        var drain = app.Services.GetRequiredService<Drain>();
        var gateway = app.Services.GetRequiredService<Gateway>();
        var trustsForwarded = app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value.TrustForwardedHeaders;
        app.Use(next => context =>
        {
            if (admin.Is(context))
                return next(context);
            if (drain.IsOn)
                Drain.LetGo(context);
            if (ClientHead.FaultOf(context) is { } fault)
                return gateway.RefuseAsync(context, GatewayRefusal.Malformed, "", $"This request cannot be sent on: {fault}.");
            if (ClientHead.FaultOfCoding(context.Request) is { } unread)
                return gateway.RefuseAsync(context, unread.Refusal, "", unread.Detail, static headers => headers.Connection = "close");
            if (ClientHead.AsksForUnknownProtocol(context))
                return gateway.RefuseAsync(context, GatewayRefusal.NotOffered, "",
                    "Of extended CONNECT only WebSockets are forwarded (:protocol websocket).");
            if (Hops.Take(context) is { } miscounted)
                return gateway.RefuseAsync(context, GatewayRefusal.Malformed, "", $"This request cannot be sent on: {miscounted}.");
            ClientHead.Strip(context.Request.Headers, trustsForwarded, isEdge: !isSidecar);
            return handle(context, next);
        });
    }

    private static void Kestrel(KestrelServerOptions kestrel)
    {
        // How large and how slow a request may be is for its service to say, and how slowly its answer is read for its client.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.RequestHeaderEncodingSelector = EncodingOf;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
    }

    // Bytes that are not ASCII come in as they are; of two headers the server must not make what was not sent.
    private static Encoding EncodingOf(string header) =>
        header.Equals(HeaderNames.Connection, StringComparison.OrdinalIgnoreCase) ? ConnectionEncoding.Instance
        : header.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase) ? LengthEncoding.Instance
        : Encoding.Latin1;

    // The framework's own request metrics would be taken three times for each request that passes; the gateway's say the same by service.
    private static MetricStreamConfiguration? OwnMetricsOnly(System.Diagnostics.Metrics.Instrument instrument) =>
        instrument.Meter.Name is "System.Net.Http" or "Microsoft.AspNetCore.Hosting" or "Microsoft.AspNetCore.Routing"
            ? MetricStreamConfiguration.Drop
            : null;
}
