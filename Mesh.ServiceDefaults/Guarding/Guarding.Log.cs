using Microsoft.Extensions.Logging;

namespace Mesh.ServiceDefaults.Guarding;

internal static partial class GuardingLog
{
    [LoggerMessage(1510, LogLevel.Warning,
        "Refused a request for the host '{Host}': it is neither an address nor among Mesh__AllowedHosts")]
    public static partial void HostRefused(this ILogger logger, string host);

    [LoggerMessage(1511, LogLevel.Warning,
        "Refused a request of a web page of the origin '{Origin}': it is not among Mesh__AllowedOrigins")]
    public static partial void OriginRefused(this ILogger logger, string origin);
}
