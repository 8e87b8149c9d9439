using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Loads;

internal static partial class LoadsLog
{
    [LoggerMessage(3040, LogLevel.Information, "{Node} reports its load ({Flavour})")]
    public static partial void LoadStreamOpened(this ILogger logger, string node, XdsFlavour flavour);

    [LoggerMessage(3041, LogLevel.Warning,
        "Of the load that {Node} reports, {Count} clusters were refused since this was last logged; the last: {Fault}")]
    public static partial void LoadRefused(this ILogger logger, string node, long count, string fault);

    [LoggerMessage(3042, LogLevel.Warning, "The load that clients report cannot be recorded; it waits for Redis")]
    public static partial void LoadsWait(this ILogger logger);

    [LoggerMessage(3043, LogLevel.Information, "The load that clients report is recorded again")]
    public static partial void LoadsRecorded(this ILogger logger);

    [LoggerMessage(3044, LogLevel.Warning, "The results of {Requests} requests waited too long for Redis and were dropped")]
    public static partial void LoadsDropped(this ILogger logger, long requests);
}
