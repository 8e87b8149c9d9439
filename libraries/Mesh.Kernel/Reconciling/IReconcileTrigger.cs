using Mesh.Kernel.Reconciling.Sharding;

namespace Mesh.Kernel.Reconciling;

/// <summary>Asks for a resource to be looked at: for timers and observers of the world.</summary>
public interface IReconcileTrigger
{
    /// <summary>
    /// Looks at the resource after <paramref name="delay"/>, or sooner if it is waiting already; nothing happens if another worker owns it.
    /// </summary>
    void Trigger(string reconciler, string resource, TimeSpan delay);
}

/// <summary>Puts keys of owned shards into the queue.</summary>
public sealed class ReconcileTrigger(ReconcileQueue queue, IShardOwnership shards) : IReconcileTrigger
{
    /// <inheritdoc/>
    public void Trigger(string reconciler, string resource, TimeSpan delay)
    {
        if (shards.Current.Owns(resource)) queue.AddAfter(new ReconcileKey(reconciler, resource), delay);
    }
}
