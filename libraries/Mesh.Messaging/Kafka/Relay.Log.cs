using Microsoft.Extensions.Logging;

namespace Mesh.Messaging.Kafka;

internal static partial class RelayLog
{
    [LoggerMessage(1100, LogLevel.Information,
        "No Kafka is configured: events are not published (set ConnectionStrings__kafka to publish them)")]
    public static partial void Off(ILogger logger);

    [LoggerMessage(1101, LogLevel.Information, "Publishing to {Topic} after sequence {Sequence}")]
    public static partial void Begins(ILogger logger, string topic, long sequence);

    [LoggerMessage(1102, LogLevel.Warning, "Publishing is interrupted and will continue from the last acknowledged entry: {Reason}")]
    public static partial void Interrupted(ILogger logger, string reason);

    [LoggerMessage(1107, LogLevel.Information, "Publishing continues")]
    public static partial void Back(ILogger logger);

    [LoggerMessage(1103, LogLevel.Information, "Another Registry publishes now, or the database was replaced: the position is read again")]
    public static partial void TakenOver(ILogger logger);

    [LoggerMessage(1104, LogLevel.Warning,
        "Entry {Sequence} has {Bytes} bytes, more than the broker accepts: it is published without its payload")]
    public static partial void TooLarge(ILogger logger, long sequence, int bytes);

    [LoggerMessage(1105, LogLevel.Debug, "Kafka client: {Message}")]
    public static partial void Client(ILogger logger, string message);

    [LoggerMessage(1108, LogLevel.Warning,
        "A notification on {Subject} has {Bytes} bytes, more than Kafka accepts: it is left out, the entries are published")]
    public static partial void NotificationTooLarge(ILogger logger, string subject, int bytes);

    [LoggerMessage(1109, LogLevel.Warning, "The log has become {Log}: its published position is read again")]
    public static partial void AnotherLog(ILogger logger, string log);

    [LoggerMessage(1106, LogLevel.Error,
        "{Source} threw on the command that ends at {Sequence}: its notifications are left out, the entries are published")]
    public static partial void NotificationFailed(ILogger logger, string source, long sequence, Exception exception);
}
