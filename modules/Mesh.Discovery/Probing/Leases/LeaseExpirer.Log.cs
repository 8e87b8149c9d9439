using Microsoft.Extensions.Logging;

namespace Mesh.Discovery.Probing.Leases;

public sealed partial class LeaseExpirer
{
    [LoggerMessage(7500, LogLevel.Warning, "No lease expires for now: {Reason}")]
    private partial void LogSuspended(string reason);

    [LoggerMessage(7501, LogLevel.Information, "Leases run out again")]
    private partial void LogResumed();
}
