using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Routing;
using Mesh.Proxy.Forwarding;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Sidecar;

/// <summary>A service that the application asks for, or why it cannot be had.</summary>
/// <param name="Snapshot">What it was found in, and so is to be routed by.</param>
/// <param name="Listener">The service, or null.</param>
/// <param name="Refusal">Why there is none.</param>
/// <param name="Detail">The same in words.</param>
internal readonly record struct FoundService(RoutingSnapshot? Snapshot, ListenerSnapshot? Listener, GatewayRefusal? Refusal, string Detail)
{
    public static FoundService In(RoutingSnapshot snapshot, string service) => new(snapshot, snapshot.Listeners.Find(service), null, "");

    public static FoundService None(GatewayRefusal refusal, string detail) => new(null, null, refusal, detail);
}

/// <summary>
/// Finds the services that the application asks for. One that nobody has declared is asked of the control plane when it is first wanted,
/// and the request waits for the answer. Flow step 9.
/// </summary>
internal sealed class OutboundServices(ConfigState config, ServiceLookup lookup, IOptions<SidecarOptions> options, TimeProvider time)
{
    private readonly SidecarOptions _options = options.Value;

    /// <summary>What becomes of hosts outside the mesh.</summary>
    public OutsidePolicy Outside => _options.Outside;

    /// <summary>The service of a host, or why there is none.</summary>
    public async ValueTask<FoundService> FindAsync(string service)
    {
        if (FoundService.In(config.Snapshot, service) is { Listener: not null } known)
            return known;
        if (!_options.OnDemand)
        {
            if ((await lookup.AskAsync(service)) is var now && now.Listeners.TryFind(service, out _))
                return FoundService.In(now, service);
            return config.Confirmed
                ? FoundService.None(GatewayRefusal.UnknownService,
                    $"There is no service '{service}' in the mesh, or it is not among those declared in Mesh__Upstreams.")
                : NotReady(service);
        }

        if (config.AskAsync(service) is not { } first)
            return FoundService.None(GatewayRefusal.UnknownService,
                $"Service '{service}' was not declared, and the limit of undeclared services is reached.");
        // That it was not there when it was first asked for says nothing of what has come since.
        if (first.IsCompleted)
        {
            await lookup.AskAsync(service);
        }
        else
        {
            try
            {
                await (config.CheckAsync(service) ?? first).WaitAsync(_options.WaitFor, time);
            }
            catch (TimeoutException)
            {
                return NotReady(service);
            }
        }

        return FoundService.In(config.Snapshot, service) is { Listener: not null } found
            ? found
            : FoundService.None(GatewayRefusal.UnknownService, $"There is no service '{service}' in the mesh.");
    }

    /// <summary>The words in which a host outside the mesh is refused.</summary>
    public static string OutsideDetail(string host) =>
        $"'{host}' is not a service of the mesh, and hosts outside are not passed through; Mesh__Sidecar__Outside=pass has that done.";

    private static FoundService NotReady(string service) =>
        FoundService.None(GatewayRefusal.NotReady, $"The control plane has not sent service '{service}' yet.");
}
