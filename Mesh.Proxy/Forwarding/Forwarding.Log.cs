namespace Mesh.Proxy.Forwarding;

internal static partial class ForwardingLog
{
    [LoggerMessage(5103, LogLevel.Debug, "Request for {Host}, outside the mesh, failed: {Reason} ({Platform})")]
    public static partial void FailedOutside(this ILogger logger, string host, string reason, string platform);

    [LoggerMessage(5104, LogLevel.Debug, "The end of an answer for {Service} was not passed on: {Reason}")]
    public static partial void EndedBadly(this ILogger logger, string service, string reason);

    // The query stays out: it may carry what nobody should read in a log.
    [LoggerMessage(5102, LogLevel.Information,
        "{Method} {Path} service={Service} route={Route} status={Status} endpoint={Endpoint} attempts={Attempts} fallback={Fallback} "
            + "reason={Reason} ms={Milliseconds:F1}")]
    public static partial void Request(
        this ILogger logger, string method, string path, string service, string route, int status, string endpoint, int attempts,
        string fallback, string reason, double milliseconds);
}
