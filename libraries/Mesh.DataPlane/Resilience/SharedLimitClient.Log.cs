using Microsoft.Extensions.Logging;

namespace Mesh.DataPlane.Resilience;

internal static partial class SharedLimitLog
{
    [LoggerMessage(5170, LogLevel.Warning, "Global rate limits are not counted, and requests pass: {Reason}")]
    public static partial void LimitsNotCounted(this ILogger logger, string reason);

    [LoggerMessage(5171, LogLevel.Information, "Global rate limits are counted again")]
    public static partial void LimitsCounted(this ILogger logger);
}
