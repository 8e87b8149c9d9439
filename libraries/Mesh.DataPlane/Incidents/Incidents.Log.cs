using Microsoft.Extensions.Logging;

namespace Mesh.DataPlane.Incidents;

internal static partial class IncidentsLog
{
    [LoggerMessage(5160, LogLevel.Warning, "{Count} ejections of endpoints of {Cluster} for their answers, the last: {Who}")]
    public static partial void Ejected(this ILogger logger, long count, string cluster, string who);

    [LoggerMessage(5161, LogLevel.Warning, "The control plane does not accept incidents; they are kept: {Reason}")]
    public static partial void NotTaken(this ILogger logger, string reason);

    [LoggerMessage(5162, LogLevel.Information, "The control plane accepts incidents again")]
    public static partial void TakenAgain(this ILogger logger);

    [LoggerMessage(5163, LogLevel.Warning, "The incidents of {Service} were refused and dropped: {Reason}")]
    public static partial void Refused(this ILogger logger, string service, string reason);

    [LoggerMessage(5164, LogLevel.Warning, "More incidents than can be kept: {Count} are not reported")]
    public static partial void Lost(this ILogger logger, long count);
}
