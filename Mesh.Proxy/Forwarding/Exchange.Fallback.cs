using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>Whether the service's fallback is asked in place of the cluster that could not answer. It is asked once, and has no fallback of its own here.</summary>
internal sealed partial class Exchange
{
    /// <summary>Whether the fallback has been asked.</summary>
    public bool FellBack { get; private set; }

    /// <summary>The request's body where it is kept, or null.</summary>
    public ReplayableBody? Body { get; set; }

    /// <summary>Whether the request could be sent a second time, as far as its body does not stand against it.</summary>
    public bool IsRepeatable { get; set; }

    /// <summary>Whether an endpoint has seen anything of the request.</summary>
    public bool WasSeen { get; set; }

    /// <summary>The service, and its fallback where that was asked, for those who read why neither has answered.</summary>
    public string Who => FellBack ? $"{listener.Name}' and its fallback '{listener.Fallback}" : listener.Name;

    /// <summary>Whether this failure of an attempt has the fallback asked, which is then the target.</summary>
    public bool FallsBackFrom(Failure failure) =>
        failure.Kind is FailureKind.NotConnected or FailureKind.Untouched or FailureKind.BrokenOff or FailureKind.BadAnswer or FailureKind.AttemptTimedOut && FallsBack();

    /// <summary>Has the fallback asked, if there is one that has not been and the request can be sent to it: it becomes the target.</summary>
    public bool FallsBack()
    {
        if (FellBack || listener.Fallback is not { } fallback || fallback == Target?.Cluster || context.Response.HasStarted)
            return false;
        if (WasSeen && (!IsRepeatable || Body is { CanReplay: false }))
            return false;

        // The route's repetitions were meant for the service itself.
        Retries?.AttemptEnded();
        Retries = null;
        Body?.Rewind();
        Target = new WeightedTarget(fallback, 1);
        (Tried, Offers, Last, MayReturn) = (null, 0, null, false);
        return FellBack = true;
    }

    // What stands between the gateway and whoever could answer says so; any other answer is one.
    private bool FallsBackFrom(int status, int? grpc)
    {
        if (status is not (>= 502 and <= 504) && grpc is not GrpcStatus.Unavailable)
            return false;
        WasSeen = true;
        return FallsBack();
    }
}
