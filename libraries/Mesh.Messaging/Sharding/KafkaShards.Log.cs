using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Mesh.Messaging.Sharding;

public sealed partial class KafkaShards
{
    [LoggerMessage(1450, LogLevel.Information, "This worker owns {Owned} of {All} shards (partitions {Partitions} of {Count})")]
    private partial void LogOwned(int owned, int all, string partitions, int count);

    [LoggerMessage(1451, LogLevel.Warning, "No assignment of shards after {Waited}: taking all of them until the brokers can be reached")]
    private partial void LogTakingAll(TimeSpan waited);

    [LoggerMessage(1452, LogLevel.Warning, "Kafka: {Code}: {Reason}; the owned shards stay in force")]
    private partial void LogBrokerError(ErrorCode code, string reason);

    [LoggerMessage(1456, LogLevel.Debug, "Kafka: {Code}: {Reason}")]
    private partial void LogBrokerErrorAgain(ErrorCode code, string reason);

    [LoggerMessage(1453, LogLevel.Debug, "Kafka client {Facility}: {Message}")]
    private partial void LogClient(string facility, string message);

    [LoggerMessage(1454, LogLevel.Debug, "Topic {Topic} already exists")]
    private partial void LogTopicKept(string topic);

    [LoggerMessage(1455, LogLevel.Information, "Topic {Topic} was not created ({Reason}); the brokers decide its partitions")]
    private partial void LogTopicNotCreated(string topic, string reason);

    [LoggerMessage(1457, LogLevel.Error, "The member of the workers' group failed permanently and is recreated: {Code}: {Reason}")]
    private partial void LogMadeAnew(ErrorCode code, string reason);
}
