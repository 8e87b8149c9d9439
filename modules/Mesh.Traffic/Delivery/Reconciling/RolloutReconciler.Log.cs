using Grpc.Core;
using Mesh.Kernel.Catalog;
using Microsoft.Extensions.Logging;

namespace Mesh.Traffic.Delivery.Reconciling;

public sealed partial class RolloutReconciler
{
    [LoggerMessage(7602, LogLevel.Information, "Rollout {Id} of {Service}: {Verdict}{Because}")]
    private partial void LogReported(string id, ServiceKey service, string verdict, string because);

    [LoggerMessage(7603, LogLevel.Warning, "Rollout {Id} of {Service}: the Registry refuses {Verdict} with {Status}: {Answer}")]
    private partial void LogReportRefused(string id, ServiceKey service, string verdict, StatusCode status, string answer);
}
