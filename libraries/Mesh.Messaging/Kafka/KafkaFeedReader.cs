using System.Threading.Channels;
using Confluent.Kafka;
using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;
using Mesh.Messaging.Connections;
using Microsoft.Extensions.Logging;

namespace Mesh.Messaging.Kafka;

/// <summary>
/// One consumer's life, on the feed's own thread: assigned to all partitions, until the client gives up or another pace is due, which a
/// consumer cannot change.
/// </summary>
internal sealed class KafkaFeedReader : IDisposable
{
    private const int Most = 256;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LookForPartitionsEvery = TimeSpan.FromSeconds(30);
    private readonly MeshKafkaSettings _kafka;
    private readonly FeedPace _pace;
    private readonly KnownEntries _known;
    private readonly int _fetchWaitMs;
    private readonly ChannelWriter<ReplicaMessage> _inbox;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<FeedStatus> _report;
    private readonly IConsumer<byte[], byte[]> _consumer;
    private readonly IAdminClient _admin;
    private readonly Dictionary<TopicPartition, Offset> _begun = [];
    private volatile string? _down;
    private long _lookedAt;

    public KafkaFeedReader(
        MeshKafkaSettings kafka, FeedPace pace, KnownEntries known, ChannelWriter<ReplicaMessage> inbox, TimeProvider time, ILogger logger,
        Action<FeedStatus> report)
    {
        (_kafka, _pace, _known, _inbox, _time, _logger, _report) = (kafka, pace, known, inbox, time, logger, report);
        _fetchWaitMs = pace.FetchWaitMaxMs();
        var config = new ConsumerConfig(kafka.NewClientConfig("cdaprod-mesh-replica"))
        {
            // The client insists on a name; no group is joined and nothing is committed under it.
            GroupId = "cdaprod-mesh-replica",
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            AutoOffsetReset = AutoOffsetReset.Latest,
            FetchWaitMaxMs = _fetchWaitMs,
            FetchErrorBackoffMs = 100,
            SocketNagleDisable = true,
        };
        _consumer = new ConsumerBuilder<byte[], byte[]>(config)
            .SetLogHandler((_, message) => ReplicaLog.KafkaClient(logger, message.Message))
            .SetErrorHandler((_, error) =>
            {
                if (error.Code == ErrorCode.Local_AllBrokersDown || error.IsFatal) _down = error.Reason;
            })
            .Build();
        _admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
    }

    /// <summary>Reads until cancelled, or until fetches are to be held for another time.</summary>
    /// <param name="from">Where the reader before this one stopped; partitions that are not in it are read from their end.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Where the next reader goes on.</returns>
    /// <exception cref="KafkaException">The broker cannot be reached, or the client has failed for good: make another reader.</exception>
    public IReadOnlyList<TopicPartitionOffset> Read(IReadOnlyList<TopicPartitionOffset> from, CancellationToken cancellationToken)
    {
        if (from.Count > 0) _consumer.Assign(from);
        foreach (var partition in from) _begun[partition.TopicPartition] = partition.Offset;
        AssignAll();
        var items = new List<LogEntry>();
        while (!cancellationToken.IsCancellationRequested)
        {
            var result = _consumer.Consume(Poll);
            for (; result is not null; result = items.Count < Most ? _consumer.Consume(TimeSpan.Zero) : null) Add(items, result);
            if (items.Count > 0)
            {
                Hand(items, cancellationToken);
                items = [];
            }

            if (_down is { } reason) throw new KafkaException(new Error(ErrorCode.Local_AllBrokersDown, reason));
            if (_time.GetElapsedTime(_lookedAt) > LookForPartitionsEvery) AssignAll();
            if (_pace.FetchWaitMaxMs() != _fetchWaitMs) break;
        }

        return [.. _consumer.Assignment.Select(partition => new TopicPartitionOffset(partition, PositionOf(partition)))];
    }

    public void Dispose()
    {
        _admin.Dispose();
        _consumer.Dispose();
    }

    /// <summary>
    /// Assigns every partition that is not assigned yet, at its end: by an exact offset, so that "now" is this moment and no later one.
    /// </summary>
    private void AssignAll()
    {
        _lookedAt = _time.GetTimestamp();
        var topic = _admin.GetMetadata(_kafka.Topic, Patience).Topics.FirstOrDefault(topic => topic.Topic == _kafka.Topic);
        if (topic is null || topic.Error.IsError || topic.Partitions.Count == 0)
            throw new KafkaException(topic?.Error.IsError == true
                ? topic.Error
                : new Error(ErrorCode.UnknownTopicOrPart, $"the topic {_kafka.Topic} has no partitions yet"));
        var known = _consumer.Assignment.ToHashSet();
        var added = topic.Partitions.Select(partition => new TopicPartition(_kafka.Topic, partition.PartitionId))
            .Where(partition => !known.Contains(partition))
            .Select(partition => new TopicPartitionOffset(partition, _consumer.QueryWatermarkOffsets(partition, Patience).High)).ToArray();
        if (added.Length > 0)
        {
            _consumer.IncrementalAssign(added);
            foreach (var partition in added) _begun[partition.TopicPartition] = partition.Offset;
            ReplicaLog.KafkaLive(_logger, _kafka.Topic, known.Count + added.Length);
        }

        _report(new FeedStatus(KafkaFeed.Name, FeedState.Live, _kafka.BootstrapServers!));
    }

    // Of a partition of which nothing has been read the consumer knows no position, but it was assigned at an exact one.
    private Offset PositionOf(TopicPartition partition) =>
        _consumer.Position(partition) is { IsSpecial: false } next ? next : _begun[partition];

    private void Add(List<LogEntry> items, ConsumeResult<byte[], byte[]> result)
    {
        try
        {
            // Most have come over the other feed already.
            if (EventMessage.TryReadHash(result.Message) is { } own && _known.Contains(own.Sequence, own.Hash))
            {
                ReplicaMetrics.Took(KafkaFeed.Name, Offer.Known);
                return;
            }

            // Without its payload (dropped, or too large for the broker) an entry must come from the log.
            if (EventMessage.TryRead(result.Message) is { DataDropped: false } entry) items.Add(entry);
        }
        catch (FormatException exception)
        {
            ReplicaLog.BadMessage(_logger, result.TopicPartitionOffset.ToString(), exception.Message);
        }
    }

    /// <summary>
    /// Hands over; while the replica's inbox is full the partitions are paused, so that nothing piles up in the client either.
    /// </summary>
    private void Hand(List<LogEntry> items, CancellationToken cancellationToken)
    {
        var news = new ReplicaMessage.Entries(KafkaFeed.Name, items);
        if (_inbox.TryWrite(news)) return;
        var paused = _consumer.Assignment;
        _consumer.Pause(paused);
        while (!_inbox.TryWrite(news))
        {
            var room = _inbox.WaitToWriteAsync(cancellationToken).AsTask();
            while (!room.Wait(Poll, cancellationToken))
            {
                // The client wants to be polled all the same; what was fetched before the pause may still come.
                if (_consumer.Consume(TimeSpan.Zero) is { } late) Add(items, late);
            }

            if (!room.Result) throw new OperationCanceledException("The replica has ended.");
        }

        _consumer.Resume(paused);
    }
}
