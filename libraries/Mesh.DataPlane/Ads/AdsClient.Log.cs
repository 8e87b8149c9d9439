using Microsoft.Extensions.Logging;

namespace Mesh.DataPlane.Ads;

internal static partial class AdsClientLog
{
    [LoggerMessage(5000, LogLevel.Information, "Configuration comes from {ControlPlane}")]
    public static partial void Connected(this ILogger logger, Uri controlPlane);

    [LoggerMessage(5001, LogLevel.Warning,
        "No control plane at {ControlPlane} ({Reason}); the last good configuration stays in force while it tries again")]
    public static partial void Disconnected(this ILogger logger, Uri controlPlane, string reason);

    [LoggerMessage(5002, LogLevel.Error, "Refused {TypeUrl} {Nonce}, the last good version stays: {Faults}")]
    public static partial void Refused(this ILogger logger, string typeUrl, string nonce, string faults);

    [LoggerMessage(5003, LogLevel.Information,
        "Serving {Services} services and {Clusters} clusters from the last good configuration in {File}")]
    public static partial void Loaded(this ILogger logger, string file, int services, int clusters);

    [LoggerMessage(5004, LogLevel.Warning, "The last good configuration in {File} cannot be used: {Reason}")]
    public static partial void LoadFailed(this ILogger logger, string file, string reason);

    [LoggerMessage(5005, LogLevel.Warning, "The last good configuration cannot be written to {File}: {Reason}")]
    public static partial void SaveFailed(this ILogger logger, string file, string reason);

    [LoggerMessage(5007, LogLevel.Information, "The stream from {ControlPlane} ended ({Reason}); a new one continues it")]
    public static partial void Ended(this ILogger logger, Uri controlPlane, string reason);

    [LoggerMessage(5006, LogLevel.Warning,
        "The control plane at {ControlPlane} ended the connection for being pinged too often; it is no longer pinged, so a dead "
            + "connection is noticed later")]
    public static partial void PingsEnd(this ILogger logger, Uri controlPlane);

    [LoggerMessage(5008, LogLevel.Information, "Asked to reload: {ControlPlane} sends the whole configuration again")]
    public static partial void Reloads(this ILogger logger, Uri controlPlane);
}
