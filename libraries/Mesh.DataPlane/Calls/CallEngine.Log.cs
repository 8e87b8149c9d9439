using Microsoft.Extensions.Logging;

namespace Mesh.DataPlane.Calls;

internal static partial class CallEngineLog
{
    [LoggerMessage(5100, LogLevel.Warning, "Endpoint {Endpoint} cannot be reached and is avoided for a while: {Reason}")]
    public static partial void Unreachable(this ILogger logger, string endpoint, string reason);

    [LoggerMessage(5101, LogLevel.Debug, "Request for {Service} failed at {Endpoint}: {Reason} ({Platform})")]
    public static partial void Failed(this ILogger logger, string service, string endpoint, string reason, string platform);
}
