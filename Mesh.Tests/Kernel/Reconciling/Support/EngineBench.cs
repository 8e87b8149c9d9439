using Mesh.Contracts.V1;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.Reconciling.DeadLetters;
using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Kernel.State;
using Mesh.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Tests.Kernel.Reconciling.Support;

/// <summary>The engine with everything real but the network and the clock.</summary>
public sealed class EngineBench : IAsyncDisposable
{
    private ReconcilerLoop? _loop;

    public EngineBench(IModuleFold fold, Func<SeenCall, object>? answer = null, ReconcilingOptions? options = null, ShardSet? owned = null)
    {
        Options = options ?? new ReconcilingOptions { Concurrency = 2 };
        Replica = new TestReplica(Time, fold);
        Shards = new ManualShards(owned ?? ShardSet.All);
        Queue = new ReconcileQueue(Options.QueueCapacity, Time);
        Budget = new CommandBudget(Time);
        Registry = new TestRegistry(call => Answer(call, answer));
        Parked = new ParkedKeys(Registry, Queue, Budget, Time, Wrapped, NullLogger<ParkedKeys>.Instance);
        Sender = new CommandSender(Registry, Budget, Time, Wrapped);
        Trigger = new ReconcileTrigger(Queue, Shards);
    }

    public SeenTimers Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    public ReconcilingOptions Options { get; }
    public TestReplica Replica { get; }
    public ManualShards Shards { get; }
    public ReconcileQueue Queue { get; }
    public CommandBudget Budget { get; }
    public TestRegistry Registry { get; }
    public ParkedKeys Parked { get; }
    public CommandSender Sender { get; }
    public ReconcileTrigger Trigger { get; }
    public ReconcilerLoop Loop => _loop ?? throw new InvalidOperationException("Start first.");

    /// <summary>Dead letters that the Registry holds.</summary>
    public Dictionary<string, DeadLetter> Letters { get; } = [];

    public bool RegistryAway { get; set; }

    public async Task Start(params IReconciler[] reconcilers)
    {
        _loop = new ReconcilerLoop(new ReconcilerSet(reconcilers), Replica, Shards, Queue, Sender, Budget, Parked, Time, Wrapped,
            NullLogger<ReconcilerLoop>.Instance);
        await Parked.StartAsync(TestContext.Current.CancellationToken);
        await _loop.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits for a condition while the clock runs on in steps.</summary>
    public Task Until(Func<bool> condition, string because, TimeSpan? step = null) => Eventually.True(
        () =>
        {
            if (condition()) return true;
            if (step is { } advance) Time.Advance(advance);
            return false;
        },
        TimeSpan.FromSeconds(60), because);

    /// <summary>Waits until no key is to be visited now.</summary>
    public Task Settled() => Until(() => Queue.Idle, "the queue is idle");

    public async ValueTask DisposeAsync()
    {
        if (_loop is not null) await _loop.StopAsync(CancellationToken.None);
        await Parked.StopAsync(CancellationToken.None);
        _loop?.Dispose();
        Parked.Dispose();
    }

    private IOptions<ReconcilingOptions> Wrapped => Microsoft.Extensions.Options.Options.Create(Options);

    private object Answer(SeenCall call, Func<SeenCall, object>? answer)
    {
        if (RegistryAway) throw TestRegistry.Away();
        lock (Letters)
        {
            switch (call.Request)
            {
                case DeadLetter letter:
                    Letters[letter.Id] = letter;
                    return new DeadLetterReply { Changed = true, Item = letter };
                case ListDeadLettersRequest:
                    return new DeadLetterList { Items = { Letters.Values } };
                default:
                    return answer?.Invoke(call) ?? throw new NotSupportedException($"The test expects no {call.Method}.");
            }
        }
    }
}
