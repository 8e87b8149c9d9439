using Mesh.Kernel.Modules;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.Reconciling.DeadLetters;
using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Kernel.Replication;

namespace Mesh.Worker.Status;

/// <summary>Collects what a worker is doing now.</summary>
internal sealed class WorkerStatusReader(
    ModuleCatalog modules, IShardOwnership shards, IMeshReplica replica, ReconcileQueue queue, ReconcilerLoop loop, ParkedKeys parked,
    IEnumerable<WorkerGauge> gauges)
{
    public WorkerStatusAnswer Read()
    {
        var owned = shards.Current;
        var status = replica.Status;
        return new WorkerStatusAnswer
        {
            Worker = $"{Environment.MachineName}/{Environment.ProcessId}",
            Modules = [.. modules.Active.Select(module => module.Name)],
            Shards = new ShardAnswer(owned.Count, Shards.Count, [.. owned.ToList()], shards.Description),
            Replica = new ReplicaAnswer(replica.Current.Sequence, status.KnownHead, status.Attached),
            Queue = new QueueAnswer(queue.Length, queue.Idle, loop.Sweeps),
            Parked = [
                .. parked.All.Select(letter => new ParkedAnswer(letter.Id, letter.Reconciler, letter.Resource, letter.Reason))
                    .OrderBy(letter => letter.Id, StringComparer.Ordinal)],
            Gauges = gauges.ToDictionary(gauge => gauge.Name, gauge => gauge.Read(), StringComparer.Ordinal),
        };
    }
}
