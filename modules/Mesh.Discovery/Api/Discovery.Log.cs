using Mesh.Kernel.Catalog;
using Mesh.Kernel.Leases;
using Microsoft.Extensions.Logging;

namespace Mesh.Discovery.Api;

internal static partial class DiscoveryLog
{
    [LoggerMessage(7000, LogLevel.Warning, "The lease {Lease} could not be recorded; nothing expires until leases can be written again")]
    public static partial void LeaseNotRecorded(this ILogger logger, LeaseKey lease);

    [LoggerMessage(7001, LogLevel.Warning, "Instance {Instance} of {Service} sent a heartbeat but stays critical for now: {Reason}")]
    public static partial void LeaseNotRestored(this ILogger logger, ServiceKey service, string instance, string reason);

    [LoggerMessage(7002, LogLevel.Warning,
        "Empty-push protection of {Service}: {Count} critical instances stay in rotation, because more than half of the service would "
            + "be removed at once")]
    public static partial void ProtectionActive(this ILogger logger, ServiceKey service, int count);
}
