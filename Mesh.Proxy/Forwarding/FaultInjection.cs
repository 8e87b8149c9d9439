using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Forwarding;

/// <summary>Holds requests up and refuses them on purpose, as a route says, before anything is sent. Flow step 9.</summary>
internal sealed class FaultInjection(GatewayMetrics metrics, TimeProvider time)
{
    /// <summary>Puts a route's faults into a request; true if it has been answered with that.</summary>
    public async ValueTask<bool> Inject(HttpContext context, Exchange exchange, FaultPolicy fault)
    {
        if (!fault.Concerns(exchange.Facts))
            return false;
        var service = exchange.Listener.Name;
        if (fault.Delay is { } delay && FaultPolicy.Hits(fault.DelayShare, Random.Shared))
        {
            metrics.FaultInjected(service, "delay");
            try
            {
                await Task.Delay(delay, time, context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                return true;
            }
        }

        if ((fault.HttpStatus ?? fault.GrpcStatus) is null || !FaultPolicy.Hits(fault.AbortShare, Random.Shared))
            return false;
        metrics.FaultInjected(service, "abort");
        var refusal = new Refusal(
            fault.HttpStatus ?? GrpcStatus.ToHttp(fault.GrpcStatus!.Value), fault.GrpcStatus ?? GrpcStatus.OfHttp(fault.HttpStatus!.Value),
            "fault-injected", "A fault was put into the request on purpose");
        await Answers.Refuse(context, refusal, service, $"Route '{exchange.Route?.Name}' of service '{service}' has a fault put into some requests.");
        return true;
    }
}
