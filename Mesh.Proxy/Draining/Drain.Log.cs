namespace Mesh.Proxy.Draining;

internal static partial class DrainLog
{
    [LoggerMessage(5120, LogLevel.Information,
        "Draining: no longer ready, no new connections after {Delay}, then {Limit} for active requests")]
    public static partial void Draining(this ILogger logger, TimeSpan delay, TimeSpan limit);

    [LoggerMessage(5121, LogLevel.Information, "Drained: all active requests are finished")]
    public static partial void Drained(this ILogger logger);

    [LoggerMessage(5122, LogLevel.Warning, "Some active requests were not finished in time; they have been cut off")]
    public static partial void CutOff(this ILogger logger);
}
