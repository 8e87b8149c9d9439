using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Forwarding;

/// <summary>Holds requests up and refuses them on purpose, as a route says, before anything is sent. Flow step 9.</summary>
internal sealed class FaultInjection(GatewayMetrics metrics, TimeProvider time)
{
    private int _active;

    /// <summary>Puts a route's faults into a request; true if it has been answered with that.</summary>
    public async ValueTask<bool> Inject(HttpContext context, Exchange exchange, FaultPolicy fault)
    {
        if (!fault.Concerns(exchange.Facts))
            return false;
        var service = exchange.Listener.Name;
        if (fault.Delay is { } delay && FaultPolicy.Hits(fault.DelayShare, Random.Shared))
        {
            // All faults of this data plane are counted together, as Envoy does.
            if (Interlocked.Increment(ref _active) > fault.MaxActive)
            {
                Interlocked.Decrement(ref _active);
                return false;
            }

            metrics.FaultInjected(service, "delay");
            try
            {
                await Task.Delay(delay, time, context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                return true;
            }
            finally
            {
                Interlocked.Decrement(ref _active);
            }
        }

        if ((fault.HttpStatus ?? fault.GrpcStatus) is null || Volatile.Read(ref _active) >= fault.MaxActive || !FaultPolicy.Hits(fault.AbortShare, Random.Shared))
            return false;
        metrics.FaultInjected(service, "abort");
        var refusal = new Refusal(
            fault.HttpStatus ?? GrpcStatus.ToHttp(fault.GrpcStatus!.Value), fault.GrpcStatus ?? GrpcStatus.OfHttp(fault.HttpStatus!.Value),
            "fault-injected", "A fault was put into the request on purpose");
        await Answers.Refuse(context, refusal, service, $"Route '{exchange.Route?.Name}' of service '{service}' has a fault put into some requests.");
        return true;
    }
}
