using Mesh.Proxy.Telemetry;
using static Mesh.DataPlane.Resilience.GrpcStatus;

namespace Mesh.Proxy.Forwarding;

/// <summary>Why the gateway answers a request itself.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Grpc">The gRPC status that says the same.</param>
/// <param name="Reason">A word for programs, for example <c>no-endpoint</c>.</param>
/// <param name="Title">The same for people, equal for all of its kind.</param>
internal sealed record GatewayRefusal(int Status, int Grpc, string Reason, string Title)
{
    private readonly RequestEnd _end = new(Reason);

    /// <summary>Notes it for the access log and the metrics.</summary>
    public void Note(HttpContext context) => context.Features.Set(_end);

    public static readonly GatewayRefusal NotReady = new(503, Unavailable, "not-ready", "The gateway has no configuration yet");
    public static readonly GatewayRefusal UnknownService = new(404, Unavailable, "unknown-service", "There is no such service");
    public static readonly GatewayRefusal Outside = new(403, PermissionDenied, "outside-mesh", "The host is outside the mesh");
    public static readonly GatewayRefusal Dropped = new(503, Unavailable, "dropped",
        "The control plane has a share of the requests dropped");
    public static readonly GatewayRefusal NoRoute = new(404, Unimplemented, "no-route", "The service has no route for this request");
    public static readonly GatewayRefusal NoEndpoint = new(503, Unavailable, "no-endpoint", "The service has no endpoint");
    public static readonly GatewayRefusal Unreachable = new(503, Unavailable, "unreachable", "No endpoint of the service can be reached");
    public static readonly GatewayRefusal NoCertificate = new(503, Unavailable, "no-certificate",
        "The service takes mutual TLS only, and this proxy has no certificate");
    public static readonly GatewayRefusal NotHttp = new(501, Unimplemented, "not-http", "The service does not speak HTTP");
    public static readonly GatewayRefusal NotOffered = new(501, Unimplemented, "not-offered", "The requested connection is not supported");
    public static readonly GatewayRefusal BadMethod = new(405, Unimplemented, "bad-method", "The gateway does not forward this method");
    public static readonly GatewayRefusal OwnMethod = new(405, Unimplemented, "bad-method", "The list of services is read-only");
    public static readonly GatewayRefusal HealthMethod = new(405, Unimplemented, "bad-method", "Health is only read");
    public static readonly GatewayRefusal ForServer = new(501, Unimplemented, "for-server",
        "The gateway does not forward requests to the server itself");
    public static readonly GatewayRefusal BadTunnel = new(400, Unimplemented, "bad-tunnel", "The request for a tunnel cannot be read");
    public static readonly GatewayRefusal TlsInside = new(403, PermissionDenied, "tls-inside",
        "TLS in a tunnel is for services that speak tcp");
    // What gRPC's own mapping makes of a 400.
    public static readonly GatewayRefusal Malformed = new(400, Internal, "malformed", "The request cannot be sent on as it is");
    public static readonly GatewayRefusal Coded = new(501, Unimplemented, "transfer-coding",
        "The gateway does not forward this transfer coding");
    public static readonly GatewayRefusal Ambiguous = new(400, Internal, "ambiguous-path", "Servers read the path in different ways");
    public static readonly GatewayRefusal Overflow = new(503, Unavailable, "overflow", "The service's circuit breaker is at its limit");
    public static readonly GatewayRefusal Failed = new(502, Unavailable, "upstream-failed", "The endpoint broke off before it responded");
    public static readonly GatewayRefusal BadAnswer = new(502, Unavailable, "upstream-failed", "The endpoint's answer cannot be passed on");
    public static readonly GatewayRefusal HeadTooLarge = new(431, ResourceExhausted, "headers-too-large",
        "The endpoint takes no headers of that size");
    public static readonly GatewayRefusal RateLimited = new(429, ResourceExhausted, "rate-limited", "The service's rate limit is exceeded");
    // To gRPC a state that somebody has to mend first: no condition of a retry policy is met by that.
    public static readonly GatewayRefusal Loop = new(508, FailedPrecondition, "loop", "The request is in a loop");
    public static readonly GatewayRefusal BodyTimedOut = new(408, DeadlineExceeded, "request-timeout",
        "The body of the request did not arrive in time");
    // Nobody reads it: it is for the access log and the metrics.
    public static readonly GatewayRefusal ClientGone = new(499, Cancelled, "client-gone", "The client closed the request");
    public static readonly GatewayRefusal TimedOut = new(504, DeadlineExceeded, "upstream-timeout", "The endpoint did not answer in time");
}
