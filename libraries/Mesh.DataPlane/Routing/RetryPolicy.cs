using Mesh.Contracts.Waiting;
using Mesh.DataPlane.Resilience;

namespace Mesh.DataPlane.Routing;

/// <summary>What has to go wrong for a request to be sent again: Envoy's and gRPC's conditions.</summary>
[Flags]
public enum RetryConditions
{
    /// <summary>Nothing is sent again.</summary>
    None = 0,

    /// <summary>No connection was made.</summary>
    ConnectFailure = 1,

    /// <summary>The endpoint refused the stream (HTTP/2 REFUSED_STREAM): it has not looked at it.</summary>
    RefusedStream = 1 << 1,

    /// <summary>No answer: broken off, refused, not connected or too late.</summary>
    Reset = 1 << 2,

    /// <summary>Any 5xx, or no answer.</summary>
    ServerError = 1 << 3,

    /// <summary>502, 503 or 504, or no answer.</summary>
    GatewayError = 1 << 4,

    /// <summary>The statuses that the policy lists.</summary>
    StatusCodes = 1 << 5,

    /// <summary>409.</summary>
    Retriable4xx = 1 << 6,

    /// <summary>gRPC status CANCELLED without any message.</summary>
    Cancelled = 1 << 7,

    /// <summary>gRPC status DEADLINE_EXCEEDED without any message.</summary>
    DeadlineExceeded = 1 << 8,

    /// <summary>gRPC status INTERNAL without any message.</summary>
    Internal = 1 << 9,

    /// <summary>gRPC status RESOURCE_EXHAUSTED without any message.</summary>
    ResourceExhausted = 1 << 10,

    /// <summary>gRPC status UNAVAILABLE without any message.</summary>
    Unavailable = 1 << 11,

    /// <summary>No connection was made, or the endpoint refused the stream: it has not looked at the request.</summary>
    ResetBeforeRequest = 1 << 12,
}

/// <summary>How an attempt ended without an answer.</summary>
public enum NoAnswer
{
    /// <summary>No connection was made.</summary>
    NotConnected,

    /// <summary>The endpoint refused the stream.</summary>
    Refused,

    /// <summary>The connection broke.</summary>
    BrokenOff,

    /// <summary>It took longer than one attempt may.</summary>
    TooLate,
}

/// <summary>When and how often a request is sent again: <c>envoy.config.route.v3.RetryPolicy</c>.</summary>
/// <param name="On">What has to go wrong.</param>
/// <param name="Retries">How often it is sent again at most.</param>
public sealed record RetryPolicy(RetryConditions On, int Retries)
{
    private const int Conflict = 409;
    private const int LoopDetected = 508;

    /// <summary>How long one attempt may take, or null for as long as all of them together.</summary>
    public TimeSpan? PerTryTimeout { get; init; }

    /// <summary>The statuses that <see cref="RetryConditions.StatusCodes"/> speaks of.</summary>
    public IReadOnlyList<int> StatusCodes { get; init; } = [];

    /// <summary>What the wait before the first repetition is drawn below; it doubles each time. <value>25 ms</value></summary>
    public TimeSpan BackoffBase { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>What every wait is drawn below. <value>ten times the base</value></summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Whether an answer with this status, and for gRPC with this status in its headers, calls for another attempt.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="grpc">The gRPC status of an answer without messages, or null.</param>
    public bool Takes(int status, int? grpc)
    {
        // A request in a loop would come back here, and each data plane in it would retry it: the attempts multiply.
        if (status == LoopDetected)
            return false;
        if (Has(RetryConditions.ServerError) && status is >= 500 and <= 599)
            return true;
        if (Has(RetryConditions.GatewayError) && status is >= 502 and <= 504)
            return true;
        if (Has(RetryConditions.Retriable4xx) && status == Conflict)
            return true;
        if (Has(RetryConditions.StatusCodes) && StatusCodes.Contains(status))
            return true;
        return grpc switch
        {
            GrpcStatus.Cancelled => Has(RetryConditions.Cancelled),
            GrpcStatus.DeadlineExceeded => Has(RetryConditions.DeadlineExceeded),
            GrpcStatus.ResourceExhausted => Has(RetryConditions.ResourceExhausted),
            GrpcStatus.Internal => Has(RetryConditions.Internal),
            GrpcStatus.Unavailable => Has(RetryConditions.Unavailable),
            _ => false,
        };
    }

    /// <summary>Whether the lack of an answer calls for another attempt.</summary>
    /// <param name="none">How it came about.</param>
    /// <param name="isGrpc">Whether it is a gRPC call: its client would have called it UNAVAILABLE or DEADLINE_EXCEEDED.</param>
    public bool Takes(NoAnswer none, bool isGrpc)
    {
        const RetryConditions Any = RetryConditions.Reset | RetryConditions.ServerError | RetryConditions.GatewayError;
        if ((On & Any) != 0)
            return true;
        return none switch
        {
            NoAnswer.NotConnected =>
                Has(RetryConditions.ConnectFailure | RetryConditions.ResetBeforeRequest) || (isGrpc && Has(RetryConditions.Unavailable)),
            NoAnswer.Refused =>
                Has(RetryConditions.RefusedStream | RetryConditions.ResetBeforeRequest) || (isGrpc && Has(RetryConditions.Unavailable)),
            NoAnswer.BrokenOff => isGrpc && Has(RetryConditions.Unavailable),
            _ => isGrpc && Has(RetryConditions.DeadlineExceeded),
        };
    }

    /// <summary>
    /// How long to wait before a repetition: anything up to the base doubled each time, so that those who failed together do not come back
    /// together.
    /// </summary>
    /// <param name="retry">1 for the first.</param>
    /// <param name="random">Where the draw comes from.</param>
    public TimeSpan Backoff(int retry, Random random) => new Backoff(BackoffBase, BackoffMax) { Jitter = 1 }.After(retry, random);

    private bool Has(RetryConditions condition) => (On & condition) != 0;
}
