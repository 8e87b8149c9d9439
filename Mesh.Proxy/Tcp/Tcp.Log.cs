namespace Mesh.Proxy.Tcp;

internal static partial class TcpLog
{
    [LoggerMessage(5110, LogLevel.Information,
        "tcp {Client} service={Service} endpoint={Endpoint} attempts={Attempts} up={Up} down={Down} end={End} ms={Milliseconds:F1}")]
    public static partial void Session(
        this ILogger logger, string client, string service, string endpoint, int attempts, long up, long down, string end,
        double milliseconds);

    [LoggerMessage(5111, LogLevel.Information, "tcp service={Service} refused={Reason}: {Detail}")]
    public static partial void Refused(this ILogger logger, string service, string reason, string detail);
}
