namespace Mesh.Registry.Grpc;

internal static partial class LogServiceLog
{
    [LoggerMessage(1140, LogLevel.Warning, "{Peer} read nothing from its TailLog stream for 10 s and was disconnected at head {Sequence}")]
    public static partial void SlowConsumer(ILogger logger, string peer, long sequence);
}
