using System.Threading.Channels;
using Confluent.Kafka;
using Mesh.Kernel.Replication;
using Mesh.Messaging.Connections;
using Microsoft.Extensions.Logging;

namespace Mesh.Messaging.Kafka;

/// <summary>
/// The feed from the topic of all events (Flow steps 4 and 5). Each replica reads every partition from now on, by manual assignment: a
/// consumer group would share the entries out and takes seconds to join. Nothing is committed: what a replica has missed it takes from the
/// log, never from the beginning of the topic. One dedicated thread polls, since the client's poll blocks.
/// </summary>
internal sealed class KafkaFeed(MeshKafkaSettings kafka, TimeProvider time, ILogger<KafkaFeed> logger) : IReplicaFeed
{
    public const string Name = "kafka";
    private volatile FeedStatus _status = new(Name, kafka.BootstrapServers is null ? FeedState.Off : FeedState.Connecting);

    public FeedStatus Status => _status;

    public void Restart()
    {
        // It follows the topic, not the state.
    }

    public Task RunAsync(ChannelWriter<ReplicaMessage> inbox, MeshReplica replica, CancellationToken cancellationToken)
    {
        if (kafka.BootstrapServers is null) return Task.CompletedTask;
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => Run(inbox, replica, ended, cancellationToken)) { IsBackground = true, Name = "mesh kafka feed" };
        thread.Start();
        return ended.Task;
    }

    private void Run(ChannelWriter<ReplicaMessage> inbox, MeshReplica replica, TaskCompletionSource ended,
        CancellationToken cancellationToken)
    {
        try
        {
            var pace = new FeedPace(kafka, replica, time);
            IReadOnlyList<TopicPartitionOffset> from = [];
            for (var failures = 0; !cancellationToken.IsCancellationRequested;)
            {
                try
                {
                    using var reader = new KafkaFeedReader(kafka, pace, replica.Known, inbox, time, logger, status =>
                    {
                        if (status.State == FeedState.Live) failures = 0;
                        _status = status;
                    });
                    from = reader.Read(from, cancellationToken);
                }
                catch (KafkaException exception)
                {
                    _status = new(Name, FeedState.Connecting, exception.Error.Reason);
                    if (failures == 0) ReplicaLog.KafkaAway(logger, exception.Error.Reason);
                    cancellationToken.WaitHandle.WaitOne(ReplicaFetches.Pauses.After(++failures, Random.Shared));

                    // After an outage the topic may be another one (an embedded broker forgets): look at it again, from its end.
                    from = [];
                }
            }

            ended.SetResult();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            ended.SetResult();
        }
#pragma warning disable CA1031 // A thread has nobody above it: the task carries the defect to the service, which stops the host.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ended.SetException(exception);
        }
    }
}
