using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Messaging.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Messaging.Sharding;

/// <summary>
/// Shares the shards among workers by a Kafka consumer group over the partitions of a topic that carries nothing (Flow step 8). One
/// dedicated thread polls the group; closing it on shutdown hands the shards over at once.
/// </summary>
public sealed partial class KafkaShards : BackgroundService, IShardOwnership
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WarnEvery = TimeSpan.FromMinutes(1);
    private readonly KafkaAssignment _assignment;
    private readonly Published _published = new();
    private readonly ConsumerConfig _config;
    private readonly ShardingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<KafkaShards> _logger;
    private long _warned;

    /// <summary>Joins nothing until started.</summary>
    public KafkaShards(MeshKafkaSettings kafka, IOptions<ShardingOptions> options, TimeProvider time, ILogger<KafkaShards> logger)
    {
        _options = options.Value;
        _time = time;
        _logger = logger;
        _assignment = new KafkaAssignment(time, TimeSpan.FromMilliseconds(2 * kafka.SessionTimeoutMs));
        _config = new ConsumerConfig(kafka.NewClientConfig("cdaprod-mesh-worker"))
        {
            GroupId = _options.GroupId,
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Latest,
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
            SessionTimeoutMs = kafka.SessionTimeoutMs,
            HeartbeatIntervalMs = Math.Min(1_000, kafka.SessionTimeoutMs / 3),
            FetchWaitMaxMs = kafka.ReconcilerFetchWaitMaxMs,
        };
    }

    /// <inheritdoc/>
    public string Description => $"kafka group {_options.GroupId}";

    /// <inheritdoc/>
    public ShardSet Current => _published.Current;

    /// <inheritdoc/>
    public ValueTask<ShardSet> ChangedAsync(ShardSet known, CancellationToken cancellationToken) =>
        _published.ChangedAsync(known, cancellationToken);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => Run(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken stoppingToken)
    {
        var started = _time.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Follow(started, stoppingToken);
            }
            catch (KafkaException exception)
            {
                // A consumer that has failed for good is recreated; what was owned stays so meanwhile.
                LogMadeAnew(exception.Error.Code, exception.Error.Reason);
                _assignment.RevokedAll();
                stoppingToken.WaitHandle.WaitOne(MetadataTimeout);
            }
        }
    }

    private void Follow(long started, CancellationToken stoppingToken)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(_config)
            .SetPartitionsAssignedHandler((_, added) => _assignment.Assigned(added.Select(partition => partition.Partition.Value)))
            .SetPartitionsRevokedHandler((_, gone) => _assignment.Revoked(gone.Select(partition => partition.Partition.Value)))
            .SetPartitionsLostHandler((_, gone) => _assignment.Revoked(gone.Select(partition => partition.Partition.Value)))
            .SetErrorHandler((_, error) => OnError(error))
            .SetLogHandler((_, message) => LogClient(message.Facility, message.Message))
            .Build();
        EnsureTopic(consumer);
        consumer.Subscribe(_options.Topic);
        IReadOnlyList<int>? applied = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            TakeOne(consumer);
            var inForce = _assignment.InForce;
            if (_assignment.Known && (applied is null || !inForce.SequenceEqual(applied)) && TryApply(consumer, inForce)) applied = inForce;
            if (!_assignment.Known && _time.GetElapsedTime(started) > _options.TakeAllAfter && _published.Set(ShardSet.All))
                LogTakingAll(_options.TakeAllAfter);
        }

        consumer.Close();
    }

    // Serves the group's callbacks; the topic itself is empty.
    private void TakeOne(IConsumer<Ignore, Ignore> consumer)
    {
        try
        {
            consumer.Consume(Poll);
        }
        catch (ConsumeException exception) when (!exception.Error.IsFatal)
        {
            OnError(exception.Error);
        }
    }

    // Not kept: each has a thread that looks for answers ten times a second.
    private static IAdminClient AdminOf(IConsumer<Ignore, Ignore> consumer) => new DependentAdminClientBuilder(consumer.Handle).Build();

    // False where the brokers do not say how many partitions there are: asked again after the next poll.
    private bool TryApply(IConsumer<Ignore, Ignore> consumer, IReadOnlyList<int> partitions)
    {
        using var admin = AdminOf(consumer);
        if (!TryCountPartitions(admin, out var count)) return false;
        var owned = ShardSet.OfPartitions(partitions, count);
        if (_published.Set(owned)) LogOwned(owned.Count, Shards.Count, string.Join(',', partitions), count);
        return true;
    }

    // A broker that makes topics on first use would give its own number of partitions, and so a lower limit to the number of workers.
    private void EnsureTopic(IConsumer<Ignore, Ignore> consumer)
    {
        using var admin = AdminOf(consumer);
        try
        {
            admin.CreateTopicsAsync(
                [new TopicSpecification { Name = _options.Topic, NumPartitions = Shards.Count }],
                new CreateTopicsOptions { RequestTimeout = MetadataTimeout, OperationTimeout = MetadataTimeout }).GetAwaiter().GetResult();
        }
        catch (CreateTopicsException exception) when (exception.Results.All(result => result.Error.Code == ErrorCode.TopicAlreadyExists))
        {
            LogTopicKept(_options.Topic);
        }
        catch (KafkaException exception)
        {
            // Brokers that do not take the request make the topic when its partitions are asked for.
            LogTopicNotCreated(_options.Topic, exception.Error.Reason);
            TryCountPartitions(admin, out _);
        }
    }

    private bool TryCountPartitions(IAdminClient admin, out int count)
    {
        count = 0;
        try
        {
            count = admin.GetMetadata(_options.Topic, MetadataTimeout).Topics[0].Partitions.Count;
        }
        catch (KafkaException exception)
        {
            OnError(exception.Error);
        }

        return count > 0;
    }

    // Every attempt to connect to a broker that is unavailable fails with an error of its own: one a minute is enough.
    private void OnError(Error error)
    {
        var last = Interlocked.Read(ref _warned);
        if (last == 0 || _time.GetElapsedTime(last) > WarnEvery)
        {
            Interlocked.Exchange(ref _warned, _time.GetTimestamp());
            LogBrokerError(error.Code, error.Reason);
        }
        else
        {
            LogBrokerErrorAgain(error.Code, error.Reason);
        }
    }

    private sealed class Published() : ShardOwnership(ShardSet.None)
    {
        public override string Description => "";

        public bool Set(ShardSet shards) => Publish(shards);
    }
}
