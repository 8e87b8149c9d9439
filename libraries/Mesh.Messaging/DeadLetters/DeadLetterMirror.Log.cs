using Microsoft.Extensions.Logging;

namespace Mesh.Messaging.DeadLetters;

public sealed partial class DeadLetterMirror
{
    [LoggerMessage(1480, LogLevel.Warning, "Dead letters are not in Kafka yet: {Reason}; again in {Delay}")]
    private partial void LogNotMirrored(string reason, TimeSpan delay);
}
