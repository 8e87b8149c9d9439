using Mesh.Contracts.Waiting;

namespace Mesh.Kernel.Reconciling.Sharding;

/// <summary>
/// Which shards this worker looks after. A hint for sharing the work, never a lock: two owners of one shard do the same work twice, and
/// the log takes it once.
/// </summary>
public interface IShardOwnership
{
    /// <summary>How ownership is decided, for people: <c>alone</c> or <c>kafka group …</c>.</summary>
    string Description { get; }

    /// <summary>The shards owned now.</summary>
    ShardSet Current { get; }

    /// <summary>Waits until the owned shards differ from <paramref name="known"/>.</summary>
    ValueTask<ShardSet> ChangedAsync(ShardSet known, CancellationToken cancellationToken);
}

/// <summary>Publishes the owned shards to those who wait for a change.</summary>
public abstract class ShardOwnership(ShardSet initial) : IShardOwnership
{
    private readonly Lock _lock = new();
    private ShardSet _current = initial;
    private readonly Signal _moved = new();

    /// <inheritdoc/>
    public abstract string Description { get; }

    /// <inheritdoc/>
    public ShardSet Current
    {
        get { lock (_lock) return _current; }
    }

    /// <inheritdoc/>
    public async ValueTask<ShardSet> ChangedAsync(ShardSet known, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task moved;
            lock (_lock)
            {
                if (_current != known) return _current;
                moved = _moved.Next;
            }

            await moved.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sets the owned shards; true if they differ from before.</summary>
    protected bool Publish(ShardSet shards)
    {
        lock (_lock)
        {
            if (_current == shards) return false;
            _current = shards;
        }

        _moved.Set();
        return true;
    }
}

/// <summary>Without Kafka there is no sharing: this worker owns every shard.</summary>
public sealed class AllShards() : ShardOwnership(ShardSet.All)
{
    /// <inheritdoc/>
    public override string Description => "alone: no Kafka is configured";
}
