using Microsoft.Extensions.Logging;

namespace Mesh.Kernel.Loads;

public sealed partial class NoLoadWindows
{
    [LoggerMessage(1420, LogLevel.Warning,
        "No Redis is configured (ConnectionStrings__redis): load reports of data planes are dropped, and nothing can be decided by them")]
    private partial void Forgotten();
}
