using Microsoft.Extensions.Logging;

namespace Mesh.Kernel.Loads;

public sealed partial class NoLoadWindows
{
    [LoggerMessage(1420, LogLevel.Warning, "No Redis is configured (ConnectionStrings__redis): the load that data planes report is forgotten, and nothing can be decided by it")]
    private partial void Forgotten();
}
