using Microsoft.Extensions.Logging;

namespace Mesh.Kernel.Replication;

internal static partial class ReplicaLog
{
    [LoggerMessage(1120, LogLevel.Information, "Attached to log {Log} at sequence {Sequence} through {Registry}")]
    public static partial void Attached(ILogger logger, string log, long sequence, string registry);

    [LoggerMessage(1121, LogLevel.Information, "The Registry confirms the state as part of log {Log}; its head is {Sequence}")]
    public static partial void Confirmed(ILogger logger, string log, long sequence);

    [LoggerMessage(1122, LogLevel.Error,
        "The state of log {OldLog} at {OldSequence} was discarded; the replica now follows log {Log} from {Sequence}. Reason: {Reason}")]
    public static partial void Discarded(ILogger logger, string oldLog, long oldSequence, string log, long sequence, string reason);

    [LoggerMessage(1123, LogLevel.Warning, "The state may not match the log, so a Registry is asked: {Reason}")]
    public static partial void Mismatch(ILogger logger, string reason);

    [LoggerMessage(1124, LogLevel.Warning,
        "No Registry can be reached; the state stays, and Kafka, if there is one, still feeds it: {Reason}")]
    public static partial void RegistryAway(ILogger logger, string reason);

    [LoggerMessage(1125, LogLevel.Information, "The Registry at {Address} answers again")]
    public static partial void RegistryBack(ILogger logger, string address);

    [LoggerMessage(1126, LogLevel.Warning, "No Registry for a while: starting with the last-known-good state of log {Log} at {Sequence}")]
    public static partial void LastKnownGoodLoaded(ILogger logger, string log, long sequence);

    [LoggerMessage(1127, LogLevel.Warning, "A saved state could not be used and is skipped: {Reason}")]
    public static partial void BadSnapshot(ILogger logger, string reason);

    [LoggerMessage(1128, LogLevel.Warning, "Entry {Sequence} of type {Type} could not be folded by this build and was skipped")]
    public static partial void Skipped(ILogger logger, long sequence, string type, Exception? exception);

    [LoggerMessage(1129, LogLevel.Warning, "The last-known-good state cannot be written or read now: {Reason}")]
    public static partial void RedisAway(ILogger logger, string reason);

    [LoggerMessage(1130, LogLevel.Information, "Reading {Topic} on {Partitions} partitions from now on")]
    public static partial void KafkaLive(ILogger logger, string topic, int partitions);

    [LoggerMessage(1131, LogLevel.Warning, "Kafka cannot be read now; the Registry's stream and gap fill replace it: {Reason}")]
    public static partial void KafkaAway(ILogger logger, string reason);

    [LoggerMessage(1132, LogLevel.Warning, "A message at {Place} is skipped: {Reason}")]
    public static partial void BadMessage(ILogger logger, string place, string reason);

    [LoggerMessage(1133, LogLevel.Debug, "Kafka client: {Message}")]
    public static partial void KafkaClient(ILogger logger, string message);
}
