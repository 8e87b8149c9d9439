using System.Net.Sockets;
using Mesh.DataPlane.Routing;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>What kind of failure ended an attempt.</summary>
internal enum FailureKind
{
    /// <summary>No connection came about: the endpoint has seen nothing of the request.</summary>
    NotConnected,

    /// <summary>The endpoint said that it has not looked at the request (RFC 9113 §8.7), whatever the request was.</summary>
    Untouched,

    /// <summary>The connection broke before an answer came: the endpoint may have acted on the request.</summary>
    BrokenOff,

    /// <summary>The answer is none that could be passed on.</summary>
    BadAnswer,

    /// <summary>The answer broke off after it had begun.</summary>
    HalfAnswered,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>No answer in the time of one attempt.</summary>
    AttemptTimedOut,

    /// <summary>Nothing was sent: the endpoint takes no headers of that size, as it has said (SETTINGS_MAX_HEADER_LIST_SIZE).</summary>
    HeadTooLarge,

    /// <summary>The client's request itself is at fault.</summary>
    BadRequest,

    /// <summary>Its head is none that could be sent: nobody has seen anything of it.</summary>
    Malformed,

    /// <summary>It asks for what the endpoint has not offered: nobody has seen anything of it.</summary>
    NotOffered,

    /// <summary>The client is gone: nobody waits for an answer.</summary>
    ClientGone,
}

/// <summary>How an attempt ended that did not succeed.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Reason">Why, in words that a client may read.</param>
internal readonly record struct Failure(FailureKind Kind, string Reason)
{
    private const long RefusedStream = 7;

    /// <summary>Why, in the platform's words, which may quote what an endpoint has sent: for the log alone.</summary>
    public string? Log { get; init; }

    /// <summary>Whether the connection had been used before, so that its end may have had nothing to do with the request.</summary>
    public bool WasReused { get; init; }

    /// <summary>Whether what came for an answer is none.</summary>
    public bool IsUnreadable { get; init; }

    /// <summary>Whether the same endpoint may be asked once more where there is no other.</summary>
    public bool MayReturn => WasReused || Kind == FailureKind.Untouched;

    /// <summary>Whether it is the client's: nothing that an endpoint has done or not done.</summary>
    public bool IsClients => Kind is FailureKind.ClientGone or FailureKind.BadRequest or FailureKind.Malformed or FailureKind.NotOffered or FailureKind.HeadTooLarge;

    /// <summary>What this is to a retry policy, or null if it is nothing that another attempt could mend.</summary>
    public NoAnswer? NoAnswer => Kind switch
    {
        FailureKind.NotConnected => DataPlane.Routing.NoAnswer.NotConnected,
        FailureKind.Untouched => DataPlane.Routing.NoAnswer.Refused,
        FailureKind.BrokenOff or FailureKind.BadAnswer => DataPlane.Routing.NoAnswer.BrokenOff,
        FailureKind.AttemptTimedOut => DataPlane.Routing.NoAnswer.TooLate,
        _ => null,
    };

    /// <summary>Reads the forwarder's verdict.</summary>
    /// <param name="context">The client's request.</param>
    /// <param name="error">The verdict.</param>
    /// <param name="outgoing">The request as it was to be sent.</param>
    /// <param name="late">Whether the route's timeout is over.</param>
    /// <param name="attemptLate">Whether the time of one attempt is over.</param>
    public static Failure Of(HttpContext context, ForwarderError error, HttpRequestMessage? outgoing, bool late, bool attemptLate)
    {
        var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        return Of(context, error, exception, FailureText.Of(error, exception), outgoing, late, attemptLate) with { Log = FailureText.ForLog(error, exception) };
    }

    private static Failure Of(
        HttpContext context, ForwarderError error, Exception? exception, string reason, HttpRequestMessage? outgoing, bool late, bool attemptLate)
    {
        if (exception?.GetBaseException() is MalformedRequestException malformed)
            return new(FailureKind.Malformed, malformed.Message);
        if (exception is HttpRequestException { HttpRequestError: HttpRequestError.ExtendedConnectNotSupported })
            return new(FailureKind.NotOffered, "it takes no WebSockets over HTTP/2");
        if (exception?.GetBaseException() is NotOfferedException declined)
            return new(FailureKind.NotOffered, declined.Message);
        if (late)
            return new(FailureKind.TimedOut, "no whole answer within the route's timeout");
        if (context.RequestAborted.IsCancellationRequested)
            return new(FailureKind.ClientGone, reason);
        if (attemptLate && !context.Response.HasStarted)
            return new(FailureKind.AttemptTimedOut, "no answer within the time of one attempt");

        if (AlreadySentException.In(exception) is { } sent)
            return sent.IsUntouched ? new(FailureKind.Untouched, reason) : new(FailureKind.BrokenOff, reason) { WasReused = sent.WasReused };

        return error switch
        {
            ForwarderError.Request when IsConnecting(exception) => new(FailureKind.NotConnected, reason),
            // To the platform an error of no kind (HttpConnectionPool.ReturnHttp2Connection).
            ForwarderError.Request when exception is HttpRequestException { HttpRequestError: HttpRequestError.Unknown } && !Sending.HasBegun(outgoing) =>
                new(FailureKind.NotConnected, "the connection to it ended before its first request"),
            // This is how the handler says that its connect timeout has passed.
            ForwarderError.RequestTimedOut when exception is OperationCanceledException { InnerException: TimeoutException } =>
                new(FailureKind.NotConnected, "no connection within the cluster's connect timeout"),
            ForwarderError.RequestTimedOut => new(FailureKind.TimedOut, "no answer within the idle timeout"),
            // The one thing that the platform's client refuses by itself when it has a connection, without another exception for a cause.
            ForwarderError.Request when exception is HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: null } =>
                new(FailureKind.HeadTooLarge, "it takes no headers of that size (SETTINGS_MAX_HEADER_LIST_SIZE)"),
            ForwarderError.RequestBodyClient => new(FailureKind.BadRequest, reason),
            ForwarderError.Request or ForwarderError.RequestBodyDestination => new(IsRefused(exception) ? FailureKind.Untouched : FailureKind.BrokenOff, reason)
            {
                IsUnreadable = exception is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse },
                // An end that crosses the request on its way is a reset: the endpoint gets bytes where nobody reads any more.
                WasReused = Sending.WasReused(outgoing) && IsReset(exception),
            },
            ForwarderError.ResponseHeaders => new(FailureKind.BadAnswer, reason),
            _ => new(FailureKind.HalfAnswered, reason),
        };
    }

    /// <summary>
    /// Whether the request may be sent again although no policy says so: when no endpoint has seen anything of it or the one that has says that it did not
    /// look at it, or when its method is safe (RFC 9110 §9.2.2); and it has no body that is used up.
    /// </summary>
    public bool MayTryAgain(HttpContext context, ReplayableBody? body) => !context.Response.HasStarted && Kind switch
    {
        FailureKind.NotConnected => true,
        FailureKind.Untouched => HasNoBody(context) || body is { CanReplay: true },
        FailureKind.BrokenOff => IsSafe(context),
        _ => false,
    };

    /// <summary>Takes back what the forwarder wrote into the response.</summary>
    public static void Forget(HttpContext context)
    {
        context.Features.Set<IForwarderErrorFeature>(null);
        context.Response.Clear();
    }

    private static bool IsConnecting(Exception? exception) =>
        exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };

    private static bool IsReset(Exception? exception) =>
        exception?.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown };

    private static bool IsRefused(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is HttpProtocolException { ErrorCode: RefusedStream })
                return true;
        }

        return false;
    }

    private static bool IsSafe(HttpContext context)
    {
        var method = context.Request.Method;
        return (HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method))
            && HasNoBody(context)
            && context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true };
    }

    private static bool HasNoBody(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };
}
