using System.Net.Sockets;
using Mesh.Contracts.Text;

namespace Mesh.DataPlane.Transport;

/// <summary>
/// Why a request to an endpoint failed, in words for its client: this project's own, chosen by kind. The platform's messages quote what an
/// endpoint has sent (a status line that cannot be read, for example), which may be anything; they go to the log alone. Flow step 9.
/// </summary>
public static class FailureWords
{
    private const int Longest = 400;

    /// <summary>The words for a client, such as "no connection could be made"; null where nothing is known of the cause.</summary>
    public static string? Of(Exception? exception)
    {
        // The innermost cause says most.
        var text = default(string);
        for (var cause = exception; cause is not null; cause = cause.InnerException)
            text = OfOne(cause) ?? text;
        return text;
    }

    /// <summary>The words for the log: the platform's own, printable, on one line and at most 400 characters.</summary>
    public static string ForLog(Exception exception) => Printable.Of(exception.GetBaseException().Message.TrimEnd('.'), Longest);

    private static string? OfOne(Exception cause) => cause switch
    {
        ClientSafeException or AlreadySentException => cause.Message,
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
