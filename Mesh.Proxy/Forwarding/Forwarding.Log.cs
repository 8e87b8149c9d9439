namespace Mesh.Proxy.Forwarding;

internal static partial class ForwardingLog
{
    [LoggerMessage(5100, LogLevel.Warning, "Endpoint {Endpoint} cannot be reached and is avoided for a while: {Reason}")]
    public static partial void Unreachable(this ILogger logger, string endpoint, string reason);

    [LoggerMessage(5101, LogLevel.Debug, "Request for {Service} failed at {Endpoint}: {Reason} ({Platform})")]
    public static partial void Failed(this ILogger logger, string service, string endpoint, string reason, string platform);

    // The query stays out: it may carry what nobody should read in a log.
    [LoggerMessage(5102, LogLevel.Information, "{Method} {Path} service={Service} route={Route} status={Status} endpoint={Endpoint} attempts={Attempts} fallback={Fallback} ms={Milliseconds:F1}")]
    public static partial void Request(
        this ILogger logger, string method, string path, string service, string route, int status, string endpoint, int attempts, string fallback, double milliseconds);
}
