using Mesh.DataPlane.Routing;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Forwards the requests of routes that ask for more than that: faults come first, then copies are prepared, and the body is kept as it passes for
/// those who may want it again. Routes without policies never come here. Flow step 9.
/// </summary>
internal sealed class PolicyForwarding(
    Forwarding forwarding, FaultInjection faults, Mirroring mirroring, Telemetry.GatewayMetrics metrics, IOptions<GatewayOptions> options)
{
    private readonly int _replayLimit = options.Value.ReplayLimit;

    /// <summary>Forwards to a cluster.</summary>
    public async Task Forward(HttpContext context, Exchange exchange, RoutingSnapshot snapshot)
    {
        var begun = metrics.Begun();
        if (exchange.Fault is { } fault && await faults.Inject(context, exchange, fault))
        {
            metrics.Ended(context, exchange.Listener.Name, begun);
            return;
        }

        var action = exchange.Action!;
        var hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false };
        var isUpgrade = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };
        var body = default(ReplayableBody);
        if (hasBody && !isUpgrade && !(context.Request.ContentLength > _replayLimit) && (action.Retry is not null || action.Mirrors.Count > 0 || exchange.Listener.Fallback is not null))
            context.Request.Body = body = new ReplayableBody(context.Request.Body, _replayLimit);
        exchange.Body = body;
        exchange.IsRepeatable = !isUpgrade && (!hasBody || body is not null);
        if (action.Retry is { } policy)
            exchange.Retries = new Retries(policy, body, exchange.IsRepeatable, exchange.Listener.Name, metrics);

        var copies = action.Mirrors.Count > 0 && !isUpgrade ? await mirroring.Begin(context, exchange, hasBody) : null;
        try
        {
            await forwarding.Forward(context, exchange, snapshot, begun);
        }
        finally
        {
            exchange.Retries?.AttemptEnded();
            if (copies is not null)
                mirroring.Send(copies, body?.Whole, exchange.Listener.Name);
        }
    }
}
