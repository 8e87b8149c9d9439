using Microsoft.Extensions.Logging;

namespace Mesh.Kernel.Leases;

public sealed partial class LeaseTicker
{
    [LoggerMessage(1400, LogLevel.Information, "Every lease got one full TTL ({Count} in Redis): {Fault}")]
    private partial void Granted(string fault, int count);

    [LoggerMessage(1401, LogLevel.Warning, "Heartbeats are accepted but not recorded, and no lease expires: {Fault}")]
    private partial void Unrecorded(string fault);

    [LoggerMessage(1402, LogLevel.Information, "Heartbeats are recorded again")]
    private partial void Back();
}
