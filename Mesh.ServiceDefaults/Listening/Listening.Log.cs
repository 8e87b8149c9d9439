using Microsoft.Extensions.Logging;

namespace Mesh.ServiceDefaults.Listening;

internal static partial class ListeningLog
{
    [LoggerMessage(1500, LogLevel.Information, "Listening on {Address} (HTTP/1.1 and HTTP/2)")]
    public static partial void Listening(this ILogger logger, string address);

    [LoggerMessage(1501, LogLevel.Warning,
        "{Address} can be reached from other machines without authentication: keep it behind a firewall")]
    public static partial void ListeningBeyondLoopback(this ILogger logger, string address);

    [LoggerMessage(1504, LogLevel.Information, "Listening on {Address} ({Purpose})")]
    public static partial void ListeningRaw(this ILogger logger, string address, string purpose);

    [LoggerMessage(1502, LogLevel.Debug, "Connection {ConnectionId} ended before its protocol was known: {Reason}")]
    public static partial void LeftEarly(this ILogger logger, string connectionId, string reason);

    [LoggerMessage(1503, LogLevel.Error, "Connection {ConnectionId} could not be assigned a protocol")]
    public static partial void SortingFailed(this ILogger logger, string connectionId, Exception exception);
}
