using Microsoft.Extensions.Logging;

namespace Mesh.DataPlane.Loads;

internal static partial class LoadReporterLog
{
    [LoggerMessage(5020, LogLevel.Warning,
        "The control plane accepts no load reports ({Reason}); they are kept for {Seconds} s while this data plane tries again")]
    public static partial void NotTaken(this ILogger logger, string reason, double seconds);

    [LoggerMessage(5021, LogLevel.Information, "The control plane accepts load reports, one every {Interval} ms")]
    public static partial void Taken(this ILogger logger, double interval);

    [LoggerMessage(5022, LogLevel.Warning,
        "No control plane has accepted load reports for {Seconds} s: the results of {Requests} requests are dropped")]
    public static partial void Dropped(this ILogger logger, double seconds, long requests);
}
