using System.Net.Sockets;
using Mesh.DataPlane.Calls;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>Reads the forwarder's verdict of an attempt. Flow step 9.</summary>
internal static class ForwarderFailures
{
    private const long RefusedStream = 7;

    /// <summary>What an attempt's failure looks like.</summary>
    /// <param name="context">The request.</param>
    /// <param name="error">The forwarder's verdict.</param>
    /// <param name="outgoing">The request as it was to be sent.</param>
    public static AttemptFailure Of(HttpContext context, ForwarderError error, HttpRequestMessage? outgoing)
    {
        var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        return Of(error, exception, FailureText.Of(error, exception), outgoing) with { Log = FailureText.ForLog(error, exception) };
    }

    private static AttemptFailure Of(ForwarderError error, Exception? exception, string reason, HttpRequestMessage? outgoing)
    {
        if (exception?.GetBaseException() is MalformedRequestException malformed)
            return new(FailureKind.Malformed, malformed.Message);
        if (exception is HttpRequestException { HttpRequestError: HttpRequestError.ExtendedConnectNotSupported })
            return new(FailureKind.NotOffered, "it takes no WebSockets over HTTP/2");
        if (exception?.GetBaseException() is NotOfferedException declined)
            return new(FailureKind.NotOffered, declined.Message);
        if (AlreadySentException.In(exception) is { } sent)
            return sent.IsUntouched
                ? new(FailureKind.NotProcessed, reason)
                : new(FailureKind.BrokenOff, reason) { WasReused = sent.WasReused };

        return error switch
        {
            ForwarderError.Request when IsConnecting(exception) => new(FailureKind.NotConnected, reason),
            // To the platform an error of no kind (HttpConnectionPool.ReturnHttp2Connection).
            ForwarderError.Request
                when exception is HttpRequestException { HttpRequestError: HttpRequestError.Unknown } && !Sending.HasBegun(outgoing) =>
                new(FailureKind.NotConnected, "the connection to it ended before its first request"),
            // This is how the handler says that its connect timeout has passed.
            ForwarderError.RequestTimedOut when exception is OperationCanceledException { InnerException: TimeoutException } =>
                new(FailureKind.NotConnected, "no connection within the cluster's connect timeout"),
            ForwarderError.RequestTimedOut => new(FailureKind.TimedOut, "no answer within the idle timeout"),
            // The one thing that the platform's client refuses by itself when it has a connection, without another exception for a cause.
            ForwarderError.Request
                when exception is HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: null } =>
                new(FailureKind.HeadTooLarge, "it takes no headers of that size (SETTINGS_MAX_HEADER_LIST_SIZE)"),
            ForwarderError.RequestBodyClient => new(FailureKind.BadRequest, reason),
            ForwarderError.Request or ForwarderError.RequestBodyDestination =>
                new(IsRefused(exception) ? FailureKind.NotProcessed : FailureKind.BrokenOff, reason)
            {
                IsUnreadable = exception is HttpRequestException
                {
                    HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded,
                },
                // An end that crosses the request on its way is a reset: the endpoint gets bytes where nobody reads any more.
                WasReused = Sending.WasReused(outgoing) && IsReset(exception),
                WasUploading = error == ForwarderError.RequestBodyDestination && IsReset(exception),
            },
            ForwarderError.ResponseHeaders => new(FailureKind.InvalidResponse, reason),
            _ => new(FailureKind.ResponseBroken, reason),
        };
    }

    private static bool IsConnecting(Exception? exception) =>
        exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };

    private static bool IsReset(Exception? exception) =>
        exception?.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted
            or SocketError.Shutdown };

    private static bool IsRefused(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is HttpProtocolException { ErrorCode: RefusedStream })
                return true;
        }

        return false;
    }
}
