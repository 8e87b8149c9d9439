using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Calls;

/// <summary>Why a call has no answer.</summary>
public enum RefusalReason
{
    /// <summary>The control plane wants a share of the requests rejected.</summary>
    Dropped,

    /// <summary>There is no endpoint.</summary>
    NoEndpoint,

    /// <summary>None of the endpoints tried could be reached.</summary>
    Unreachable,

    /// <summary>The endpoints do not speak HTTP.</summary>
    NotHttp,

    /// <summary>A circuit breaker is open.</summary>
    Overflow,

    /// <summary>It took too long.</summary>
    TimedOut,

    /// <summary>The client took too long to send its body.</summary>
    BodyTimedOut,

    /// <summary>The endpoint broke off before it responded.</summary>
    BrokenOff,

    /// <summary>The endpoint's answer cannot be passed on.</summary>
    BadAnswer,

    /// <summary>The endpoint takes no headers of that size.</summary>
    HeadTooLarge,

    /// <summary>The endpoint does not offer what is asked for.</summary>
    NotOffered,

    /// <summary>The endpoint takes mutual TLS alone, and this data plane has no certificate.</summary>
    NoCertificate,

    /// <summary>The request cannot be sent on as it is.</summary>
    Malformed,

    /// <summary>The client's request broke off, or is at fault.</summary>
    BadRequest,

    /// <summary>The route injected a fault.</summary>
    FaultInjected,
}

/// <summary>What a client is told whose request no endpoint has answered. Flow step 9.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Service">The service it was for.</param>
/// <param name="Detail">The same in words: which endpoints were asked, and what came of it.</param>
public sealed record CallRefusal(RefusalReason Reason, string Service, string Detail)
{
    /// <summary>The fault that was put into it, or null.</summary>
    public FaultPolicy? Fault { get; init; }

    /// <summary>One of a share that is to be rejected.</summary>
    internal static CallRefusal Dropped(CallState call, string category) =>
        Of(call, RefusalReason.Dropped, $"Service '{ServiceOf(call)}': a share of the requests is dropped ('{category}').");

    /// <summary>The route's time was over first.</summary>
    internal static CallRefusal TooLate(CallState call) =>
        Of(call, RefusalReason.TimedOut, $"Service '{ServiceOf(call)}': no whole answer within the route's timeout.");

    /// <summary>A circuit breaker has turned it away.</summary>
    internal static CallRefusal Overflowed(CallState call, CircuitBreakerConfig breakers, Overflow overflow) =>
        Of(call, RefusalReason.Overflow, overflow == Overflow.Requests
        ? $"Service '{call.Plan.Who}' has {breakers.MaxRequests} active requests, as many as its circuit breaker allows."
        : $"Service '{call.Plan.Who}' has {breakers.MaxConnections} connections in use and {breakers.MaxPending} requests waiting for "
            + "one, as its circuit breaker allows.");

    /// <summary>A fault was put into it.</summary>
    internal static CallRefusal Injected(CallState call, FaultPolicy fault) =>
        Of(call, RefusalReason.FaultInjected,
            $"Route '{call.Plan.Route.Name}' of service '{ServiceOf(call)}' injects a fault into some requests.") with { Fault = fault };

    /// <summary>No endpoint was there to send it to, or none of those tried could be reached.</summary>
    internal static CallRefusal Without(CallState call, ClusterSnapshot? cluster)
    {
        var (who, name) = (call.Plan.Who, call.Plan.Cluster);
        if (call.Trail?.Tried is { } tried)
            return Of(call, RefusalReason.Unreachable,
                $"No endpoint of service '{who}' can be reached; tried {string.Join(", ", tried.Select(e => e.Address))}.");
        if (cluster?.Endpoints.Any(e => e.Protocol == UpstreamProtocol.Tcp) == true)
            return Of(call, RefusalReason.NotHttp, $"Service '{who}' speaks tcp; only HTTP is forwarded to it.");

        var why = cluster switch
        {
            null => $"its cluster '{name}' has not been delivered by the control plane",
            { Config.Unresolved: true } => $"'{name}' is not registered",
            { Endpoints.Count: 0 } => $"'{name}' has no endpoint",
            _ => $"none of the {cluster.Endpoints.Count} endpoints of '{name}' is healthy",
        };
        return Of(call, RefusalReason.NoEndpoint, $"Service '{who}' cannot answer: {why}.");
    }

    /// <summary>The last endpoint that had it failed.</summary>
    internal static CallRefusal After(CallState call, EndpointSnapshot endpoint, AttemptFailure failure) => failure switch
    {
        { Kind: FailureKind.Malformed } =>
            Of(call, RefusalReason.Malformed, $"This request cannot be sent on: {failure.Reason}."),
        { IsSlowUpload: true } =>
            Of(call, RefusalReason.BodyTimedOut, $"Service '{ServiceOf(call)}': the body of the request did not arrive in time."),
        _ => Of(call, ReasonOf(failure), $"Endpoint {endpoint.State.Address} of service '{call.Plan.Who}': {failure.Reason}."),
    };

    private static RefusalReason ReasonOf(AttemptFailure failure) => failure.Kind switch
    {
        FailureKind.TimedOut or FailureKind.AttemptTimedOut => RefusalReason.TimedOut,
        FailureKind.NotConnected => RefusalReason.Unreachable,
        FailureKind.NotOffered => RefusalReason.NotOffered,
        FailureKind.NoCertificate => RefusalReason.NoCertificate,
        FailureKind.HeadTooLarge => RefusalReason.HeadTooLarge,
        FailureKind.InvalidResponse => RefusalReason.BadAnswer,
        FailureKind.BadRequest => RefusalReason.BadRequest,
        _ when failure.IsUnreadable => RefusalReason.BadAnswer,
        _ => RefusalReason.BrokenOff,
    };

    private static CallRefusal Of(CallState call, RefusalReason reason, string detail) => new(reason, ServiceOf(call), detail);

    private static string ServiceOf(CallState call) => call.Plan.Listener.Name;
}
