using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Tests.Kernel.Replication;

/// <summary>One replica over a <see cref="MemoryLog"/>, with a feed by hand, a tail, or both.</summary>
internal sealed class ReplicaHarness : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly ReplicaService _service;
    private readonly MemoryLog _log;

    public ReplicaHarness(MemoryLog log, StateFolder folder, FeedChoice feeds, ILastKnownGood? lastKnownGood = null,
        TimeProvider? time = null, ReplicaOptions? options = null, ILogger<ReplicaService>? logger = null)
    {
        _log = log;
        time ??= TimeProvider.System;
        Replica = new MeshReplica(folder, time);
        Kafka = new ManualFeed();
        IReplicaFeed[] chosen = feeds switch
        {
            FeedChoice.Kafka => [Kafka],
            FeedChoice.TailLog => [new TailLogFeed(log, time)],
            _ => [Kafka, new TailLogFeed(log, time)],
        };
        options ??= new ReplicaOptions { HeadCheckEvery = TimeSpan.FromMilliseconds(30), GapPatience = TimeSpan.FromMilliseconds(5) };
        _service = new ReplicaService(Replica, folder, log, chosen, lastKnownGood ?? new MemoryLastKnownGood(null), options, time,
            new TestMeters(),
            logger ?? NullLogger<ReplicaService>.Instance);
    }

    public MeshReplica Replica { get; }

    public ManualFeed Kafka { get; }

    public Task StartAsync() => _service.StartAsync(TestContext.Current.CancellationToken);

    /// <summary>Waits until the replica holds the state of the log.</summary>
    public Task Level(string because) => Eventually.Succeeds(
        () =>
        {
            Assert.Equal(_log.Log.Head.Log, Replica.Current.Position.Log);
            ReplicaMergeTests.AssertSame(_log.Log, Replica.Current);
        },
        Deadline,
        because);

    public int Value(string name) => Replica.Current.Facts<CounterState>().Values.GetValueOrDefault(name);

    public async ValueTask DisposeAsync()
    {
        await _service.StopAsync(CancellationToken.None);
        _service.Dispose();
    }
}

/// <summary>A last-known-good copy in memory.</summary>
internal sealed class MemoryLastKnownGood(MeshState? state) : ILastKnownGood
{
    private int _loads;

    public int Loads => Volatile.Read(ref _loads);

    public ValueTask<MeshState?> LoadAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _loads);
        return new(state);
    }

    public ValueTask<bool> SaveAsync(MeshState newer, CancellationToken cancellationToken) => new(false);

    public ValueTask ForgetBeyondAsync(LogPosition end, CancellationToken cancellationToken) => default;
}
