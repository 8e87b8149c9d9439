using System.Diagnostics.Metrics;
using Mesh.Kernel;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.Reconciling.DeadLetters;
using Mesh.Kernel.Reconciling.Sharding;

namespace Mesh.Worker.Hosting;

/// <summary>Registers the worker's gauges; they are read when somebody scrapes.</summary>
internal sealed class WorkerMetrics(
    IShardOwnership shards, ReconcileQueue queue, ParkedKeys parked, IEnumerable<WorkerGauge> gauges, IMeterFactory meters) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var meter = meters.Create(KernelTelemetry.MeterName);
        meter.CreateObservableGauge("cdaprod.mesh.worker.shards", () => shards.Current.Count, "{shard}", "Shards owned by this worker.");
        meter.CreateObservableGauge("cdaprod.mesh.reconciler.queue", () => queue.Length, "{key}", "Keys that wait or are worked on.");
        meter.CreateObservableGauge("cdaprod.mesh.reconciler.parked.keys", () => parked.All.Count, "{key}",
            "Keys parked as dead letters now.");
        foreach (var gauge in gauges) meter.CreateObservableGauge($"cdaprod.mesh.{gauge.Name}", gauge.Read, gauge.Unit, gauge.Description);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
