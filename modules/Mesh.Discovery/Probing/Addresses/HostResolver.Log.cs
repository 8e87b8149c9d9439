using Microsoft.Extensions.Logging;

namespace Mesh.Discovery.Probing.Addresses;

public sealed partial class HostResolver
{
    [LoggerMessage(7510, LogLevel.Information, "{Host} resolves to {Addresses}")]
    private partial void LogResolved(string host, string addresses);

    [LoggerMessage(7511, LogLevel.Warning,
        "{Host} cannot be resolved: {Reason}. The {Kept} addresses found before stay; it is tried again")]
    private partial void LogNotResolved(string host, string reason, int kept);
}
