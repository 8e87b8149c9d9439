using System.Net;
using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Routing;
using Mesh.Kernel.Settings;
using Mesh.Proxy.Forwarding;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Sidecar;

/// <summary>
/// Takes what comes for the application and hands it on as it came: the same HTTP version, the same path, host and headers. The way there
/// is a listener and a cluster like those that the control plane gives to Envoy beside an application. Flow step 9.
/// </summary>
internal sealed class Inbound
{
    private readonly Gateway _gateway;
    private readonly OwnRouting _routing;
    private readonly ListenerSnapshot _listener;
    private readonly InboundTls _tls;
    private readonly ConfigState _mesh;

    public Inbound(IOptions<SidecarOptions> options, Gateway gateway, InboundTls tls, ConfigState mesh, TimeProvider time)
    {
        (_gateway, _tls, _mesh) = (gateway, tls, mesh);
        var service = XdsNames.Canonical(options.Value.Service);
        var (host, port) = (options.Value.Application!.DnsSafeHost, options.Value.Application.Port);
        var config = new ConfigState(wildcard: true, TimeSpan.Zero, time);
        var listener = ListenerBuilder.Inbound(service, IPAddress.Loopback.ToString(), port, "inbound", hostFrom: "host");
        var cluster = ClusterBuilder.Local("inbound", host, port);
        if (options.Value.MaxRequests is { } most)
            cluster.CircuitBreakers = new CircuitBreakers
            {
                Thresholds = { new CircuitBreakers.Types.Thresholds { MaxRequests = (uint)most } },
            };
        Take(config, XdsResource.Of(cluster));
        Take(config, XdsResource.Of(listener));
        _routing = new OwnRouting(config.Snapshot);
        _listener = config.Snapshot.Listeners.Find(service)!;
    }

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        if (_tls.IsRefused(context, _mesh))
        {
            context.Abort();
            return Task.CompletedTask;
        }

        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var start = target.StartsWith('/') ? 0 : Outbound.PathOf(target);
        return _gateway.ServeAsync(context, _routing.Snapshot,
            new GatewayRequest(context, _listener, target, start, start, trustForwarded: true)
            {
                LeavesForwarded = true,
                Routing = _routing,
            });
    }

    /// <summary>Marks the connections of the inbound listener.</summary>
    public static void Mark(ListenOptions options) => options.Use(next => connection =>
    {
        connection.Features.Set(InboundConnection.Instance);
        return next(connection);
    });

    private static void Take(ConfigState config, XdsResource resource)
    {
        var faults = config.Apply(new DeltaDiscoveryResponse { TypeUrl = resource.Type.Url, Resources = { resource.Delta } });
        if (faults.Count > 0)
            throw new SettingException($"Mesh__Sidecar__Application is not the address of an application: {string.Join("; ", faults)}");
    }
}

/// <summary>
/// The one way to the application. Nobody else knows another, least of all the control plane, to which the name <c>inbound</c> is any
/// service's.
/// </summary>
internal sealed record OwnRouting(RoutingSnapshot Snapshot) : IRoutingSource
{
    /// <inheritdoc/>
    public ValueTask<RoutingSnapshot> AskForEndpointsAsync(string cluster) => new(Snapshot);
}

/// <summary>The mark of a connection that is for the application.</summary>
internal sealed class InboundConnection
{
    public static readonly InboundConnection Instance = new();
}
