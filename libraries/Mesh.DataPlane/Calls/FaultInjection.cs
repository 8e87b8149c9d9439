using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Calls;

/// <summary>Holds requests up and refuses them on purpose, as a route says, before anything is sent. Flow step 9.</summary>
internal sealed class FaultInjection(ICallEvents events, TimeProvider time)
{
    private int _active;

    /// <summary>Puts a route's faults into a call; null where it goes on.</summary>
    public async ValueTask<CallEnd?> InjectAsync(CallState call, FaultPolicy fault)
    {
        if (!fault.Concerns(call.Request.Facts))
            return null;
        var service = call.Plan.Listener.Name;
        if (fault.Delay is { } delay && FaultPolicy.Draw(fault.DelayShare, Random.Shared))
        {
            // All faults of this data plane are counted together, as Envoy does.
            if (Interlocked.Increment(ref _active) > fault.MaxActive)
            {
                Interlocked.Decrement(ref _active);
                return null;
            }

            events.FaultInjected(service, "delay");
            try
            {
                await Task.Delay(delay, time, call.Request.Aborted).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return CallEnd.Abandoned;
            }
            finally
            {
                Interlocked.Decrement(ref _active);
            }
        }

        if ((fault.HttpStatus ?? fault.GrpcStatus) is null || Volatile.Read(ref _active) >= fault.MaxActive
            || !FaultPolicy.Draw(fault.AbortShare, Random.Shared))
            return null;
        events.FaultInjected(service, "abort");
        return CallEnd.Refused(CallRefusal.Injected(call, fault));
    }
}
