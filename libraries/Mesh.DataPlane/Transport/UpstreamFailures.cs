using System.Net.Sockets;
using Mesh.DataPlane.Calls;

namespace Mesh.DataPlane.Transport;

/// <summary>What an exception of <see cref="UpstreamHandler"/>'s client says of an attempt. Flow step 9.</summary>
public static class UpstreamFailures
{
    // RFC 9113 §7.
    private const long RefusedStream = 7;

    /// <summary>Reads an exception that came in place of an answer's head.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="outgoing">The request as it was to be sent, or null where it has not come to that.</param>
    /// <param name="unknown">What a client is told where nothing is known of the cause.</param>
    public static AttemptFailure Of(Exception? exception, HttpRequestMessage? outgoing, string unknown = "the request to it failed") =>
        (OfUnsent(exception) ?? OfSent(exception, outgoing, FailureWords.Of(exception) ?? unknown)) with
        {
            Log = exception is null ? null : FailureWords.ForLog(exception),
        };

    /// <summary>
    /// What <see cref="UpstreamHandler"/> has itself refused to write, whatever else has happened to the request; null for all else.
    /// </summary>
    public static AttemptFailure? OfUnsent(Exception? exception)
    {
        if (exception?.GetBaseException() is MalformedRequestException malformed)
            return new(FailureKind.Malformed, malformed.Message);
        if (exception?.GetBaseException() is NoCertificateException none)
            return new(FailureKind.NoCertificate, none.Message);
        if (AlreadySentException.In(exception) is not { } sent)
            return exception is HttpRequestException { HttpRequestError: HttpRequestError.ExtendedConnectNotSupported }
                ? new(FailureKind.NotOffered, "it takes no WebSockets over HTTP/2")
                : null;
        return sent.IsUntouched
            ? new(FailureKind.NotProcessed, sent.Message)
            : new(FailureKind.BrokenOff, sent.Message) { WasReused = sent.WasReused };
    }

    /// <summary>
    /// Whether the other end of an HTTP/1.1 connection had ended it, or answered, before all of a request's body was written. The
    /// platform's client gathers small parts of a body and looks for an answer only after the last one, so it may notice long afterwards.
    /// </summary>
    /// <param name="outgoing">The request as it was to be sent, or null where it has not come to that.</param>
    public static bool EndedWhileSending(HttpRequestMessage? outgoing) => Sending.WasInterrupted(outgoing);

    /// <summary>Whether the other end has closed the connection while something was still being sent to it.</summary>
    public static bool IsReset(Exception? exception) => HasCause(exception, static cause =>
        cause is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown });

    /// <summary>Whether the other end has ended the connection, or the stream, in any way before an answer came.</summary>
    public static bool IsCutOff(Exception? exception) => IsReset(exception) || HasCause(exception, static cause =>
        cause is HttpProtocolException or HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }
            or HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded });

    private static AttemptFailure OfSent(Exception? exception, HttpRequestMessage? outgoing, string reason) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } =>
            new(FailureKind.NotConnected, reason),
        // This is how the platform's client says that its connect timeout has passed.
        OperationCanceledException { InnerException: TimeoutException } =>
            new(FailureKind.NotConnected, "no connection within the cluster's connect timeout"),
        // To the platform an error of no kind (HttpConnectionPool.ReturnHttp2Connection).
        HttpRequestException { HttpRequestError: HttpRequestError.Unknown } when !Sending.HasBegun(outgoing) =>
            new(FailureKind.NotConnected, "the connection to it ended before its first request"),
        // The one thing that the platform's client refuses by itself when it has a connection, without another exception for a cause.
        HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: null } =>
            new(FailureKind.HeadTooLarge, "it takes no headers of that size (SETTINGS_MAX_HEADER_LIST_SIZE)"),
        _ => new(IsRefused(exception) ? FailureKind.NotProcessed : FailureKind.BrokenOff, reason)
        {
            IsUnreadable = exception is HttpRequestException
            {
                HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded,
            },
            // An end that crosses the request on its way is a reset: the endpoint gets bytes where nobody reads any more.
            WasReused = Sending.WasReused(outgoing) && IsReset(exception),
        },
    };

    private static bool IsRefused(Exception? exception) =>
        HasCause(exception, static cause => cause is HttpProtocolException { ErrorCode: RefusedStream });

    // What sends a body and what reads the answer can both fail: then there are several.
    private static bool HasCause(Exception? exception, Func<Exception, bool> isIt) => exception switch
    {
        null => false,
        AggregateException several => several.InnerExceptions.Any(one => HasCause(one, isIt)),
        _ => isIt(exception) || HasCause(exception.InnerException, isIt),
    };
}
