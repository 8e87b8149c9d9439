using Microsoft.Extensions.Logging;

namespace Mesh.AppHost.Running;

internal static partial class IdentitiesLog
{
    [LoggerMessage(9040, LogLevel.Warning,
        "'{Service}' gets no identity, so it cannot call services that take mutual TLS only: {Reason}")]
    public static partial void NoToken(this ILogger logger, string service, string reason);
}
