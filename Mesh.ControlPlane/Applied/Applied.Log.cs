namespace Mesh.ControlPlane.Applied;

internal static partial class AppliedLog
{
    [LoggerMessage(3020, LogLevel.Warning, "Redis is unavailable, so the list of proxies shows only those of this control plane: {Reason}")]
    public static partial void RedisAway(this ILogger logger, string reason);

    [LoggerMessage(3021, LogLevel.Information, "Redis is back: the list of proxies shows every control plane's again")]
    public static partial void RedisBack(this ILogger logger);

    [LoggerMessage(3022, LogLevel.Warning, "The rows of this control plane's clients cannot be written to Redis: {Reason}")]
    public static partial void RowsNotWritten(this ILogger logger, string reason);

    [LoggerMessage(3023, LogLevel.Information, "The rows of this control plane's clients are in Redis again")]
    public static partial void RowsWritten(this ILogger logger);
}
