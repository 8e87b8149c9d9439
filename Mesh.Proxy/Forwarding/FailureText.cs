using System.Net.Sockets;
using Mesh.Contracts.Text;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Why an attempt failed, in words for its client: the gateway's own, chosen by kind. The platform's messages quote what an endpoint has
/// sent (an invalid status line, for example), which may be anything; they go to the log alone. Flow step 9.
/// </summary>
internal static class FailureText
{
    private const int Longest = 400;

    /// <summary>The words for a client.</summary>
    public static string Of(ForwarderError error, Exception? exception)
    {
        // The innermost cause says most.
        var text = default(string);
        for (var cause = exception; cause is not null; cause = cause.InnerException)
            text = Of(cause) ?? text;
        return text ?? error switch
        {
            ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled =>
                "the request was cancelled",
            ForwarderError.RequestTimedOut => "no answer in time",
            ForwarderError.RequestBodyClient => "the request's body broke off",
            ForwarderError.RequestBodyDestination => "it stopped taking the request's body",
            ForwarderError.ResponseHeaders => "its answer has a header that no client can be sent",
            ForwarderError.ResponseBodyDestination => "its answer's body broke off",
            ForwarderError.ResponseBodyClient => "the client stopped taking the answer",
            ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination => "the upgraded connection to it broke",
            _ => "the request to it failed",
        };
    }

    /// <summary>The words for the log: the platform's own, on one line and no longer than that is of use.</summary>
    public static string ForLog(ForwarderError error, Exception? exception) =>
        Printable.Of((exception?.GetBaseException().Message ?? error.ToString()).TrimEnd('.'), Longest);

    private static string? Of(Exception cause) => cause switch
    {
        // Their words are this project's.
        BadAnswerException or NotOfferedException or MalformedRequestException or AlreadySentException => cause.Message,
        // The system's words for a number.
        SocketException => cause.Message.TrimEnd('.'),
        HttpProtocolException { ErrorCode: var code } => $"the HTTP/2 stream or connection to it ended with {Http2Error(code)}",
        HttpRequestException { HttpRequestError: var kind } => Of(kind),
        HttpIOException { HttpRequestError: var kind } => Of(kind),
        _ => null,
    };

    private static string? Of(HttpRequestError kind) => kind switch
    {
        HttpRequestError.NameResolutionError => "its host name cannot be resolved",
        HttpRequestError.ConnectionError => "no connection could be made",
        HttpRequestError.HttpProtocolError => "it broke the rules of HTTP/2",
        HttpRequestError.VersionNegotiationError => "it does not speak the requested HTTP version",
        HttpRequestError.InvalidResponse => "its answer is not HTTP: a status line, header, length or chunk in it cannot be read",
        HttpRequestError.ResponseEnded => "the connection ended before its answer was whole",
        HttpRequestError.ConfigurationLimitExceeded => "the head of its answer is longer than 64 KB",
        _ => null,
    };

    // RFC 9113 §7.
    private static string Http2Error(long code) => code switch
    {
        0 => "NO_ERROR",
        1 => "PROTOCOL_ERROR",
        2 => "INTERNAL_ERROR",
        3 => "FLOW_CONTROL_ERROR",
        4 => "SETTINGS_TIMEOUT",
        5 => "STREAM_CLOSED",
        6 => "FRAME_SIZE_ERROR",
        7 => "REFUSED_STREAM",
        8 => "CANCEL",
        9 => "COMPRESSION_ERROR",
        10 => "CONNECT_ERROR",
        11 => "ENHANCE_YOUR_CALM",
        12 => "INADEQUATE_SECURITY",
        13 => "HTTP_1_1_REQUIRED",
        _ => $"0x{code:x}",
    };
}
