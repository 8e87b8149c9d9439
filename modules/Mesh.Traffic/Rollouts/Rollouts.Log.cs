using Mesh.Kernel.Catalog;
using Microsoft.Extensions.Logging;

namespace Mesh.Traffic.Rollouts;

internal static partial class RolloutsLog
{
    [LoggerMessage(3030, LogLevel.Information, "Rollout {Id} of {Service}: {Verdict}{Because}")]
    public static partial void Reported(this ILogger logger, string id, ServiceKey service, string verdict, string because);

    [LoggerMessage(3031, LogLevel.Warning, "Rollout {Id} of {Service}: the report {Verdict} was refused with {Status}: {Answer}")]
    public static partial void ReportRefused(this ILogger logger, string id, ServiceKey service, string verdict, int status, string answer);

    [LoggerMessage(3032, LogLevel.Warning, "Rollout {Id} of {Service}: the Registry at {Registry} cannot be reached: {Reason}")]
    public static partial void Unreachable(this ILogger logger, string id, ServiceKey service, Uri registry, string reason);
}
