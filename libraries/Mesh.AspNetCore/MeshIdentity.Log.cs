using Microsoft.Extensions.Logging;

namespace Mesh.AspNetCore;

internal static partial class MeshIdentityLog
{
    [LoggerMessage(8100, LogLevel.Information, "The certificate of {Identity} is valid until {NotAfter:u}")]
    public static partial void Issued(this ILogger logger, string identity, DateTimeOffset notAfter);

    [LoggerMessage(8101, LogLevel.Warning, "No certificate: {Reason} Asking again in {Seconds:0.#} s")]
    public static partial void Failed(this ILogger logger, string reason, double seconds);
}
