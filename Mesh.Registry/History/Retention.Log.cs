namespace Mesh.Registry.History;

internal static partial class RetentionLog
{
    [LoggerMessage(2000, LogLevel.Information,
        "Dropped the payloads of {Count} status entries older than {Keep}; their headers and hashes stay")]
    public static partial void PayloadsDropped(this ILogger logger, int count, TimeSpan keep);

    [LoggerMessage(2001, LogLevel.Warning, "Old status payloads are dropped later: {Reason}")]
    public static partial void RetentionPutOff(this ILogger logger, string reason);

    [LoggerMessage(2002, LogLevel.Warning, "The payload of entry {Sequence} ({Type} in {Stream}) cannot be read: {Reason}")]
    public static partial void PayloadUnreadable(this ILogger logger, long sequence, string type, string stream, string reason);
}
