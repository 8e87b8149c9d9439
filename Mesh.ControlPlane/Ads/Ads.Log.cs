using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

internal static partial class AdsLog
{
    [LoggerMessage(3000, LogLevel.Information, "xDS stream of {Node} opened ({Flavour}, {Protocol}) from {Peer}")]
    public static partial void StreamOpened(this ILogger logger, string node, XdsFlavour flavour, string protocol, string peer);

    [LoggerMessage(3001, LogLevel.Information, "xDS stream of {Node} ended")]
    public static partial void StreamEnded(this ILogger logger, string node);

    [LoggerMessage(3002, LogLevel.Warning,
        "{Node} has seen sequence {Seen} and was sent to another control plane: this one is at {Sequence}")]
    public static partial void SentOn(this ILogger logger, string node, long seen, long sequence);

    [LoggerMessage(3003, LogLevel.Warning, "{Node} refused {Type} {Version} (sequence {Sequence}): {Reason}")]
    public static partial void Refused(this ILogger logger, string node, XdsType type, string version, long sequence, string reason);

    [LoggerMessage(3005, LogLevel.Warning, "What {Node} gets for itself cannot be drafted, its last good version stays: {Problem}")]
    public static partial void NotDrafted(this ILogger logger, string node, string problem);

    [LoggerMessage(3004, LogLevel.Warning,
        "{Node} is sent {Bytes} bytes of {Type} in one response; gRPC clients take {Limit} by default and end the stream. Let it ask "
            + "for fewer by name, or raise its limit")]
    public static partial void TooLargeForMany(this ILogger logger, string node, string type, int bytes, int limit);
}
