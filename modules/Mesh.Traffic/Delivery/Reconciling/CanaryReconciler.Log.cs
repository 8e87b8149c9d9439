using Mesh.Kernel.Catalog;
using Mesh.Traffic.Delivery.State;
using Microsoft.Extensions.Logging;

namespace Mesh.Traffic.Delivery.Reconciling;

public sealed partial class CanaryReconciler
{
    [LoggerMessage(7600, LogLevel.Information, "Canary {Canary} of {Service} advances: {Reason}")]
    private partial void LogAdvanced(CanaryState canary, ServiceKey service, string reason);

    [LoggerMessage(7601, LogLevel.Warning, "Canary {Canary} of {Service} is aborted: {Reason}")]
    private partial void LogAborted(CanaryState canary, ServiceKey service, string reason);
}
