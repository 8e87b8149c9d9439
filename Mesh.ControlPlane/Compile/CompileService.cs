using System.Diagnostics;
using Mesh.ControlPlane.Hosting;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;

namespace Mesh.ControlPlane.Compile;

/// <summary>
/// Takes each change of the replica, compiles it and publishes the snapshot (Flow step 6). While it works, further changes are merged into
/// one; streams are never waited for.
/// </summary>
internal sealed class CompileService(
    IMeshReplica replica, XdsCompiler compiler, SnapshotHub hub, ControlPlaneReadiness readiness, CompileReport report, ILogger<CompileService> logger) : BackgroundService
{
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WaitAsync(stoppingToken);
        using var subscription = replica.Subscribe();
        while (!stoppingToken.IsCancellationRequested) Publish(await subscription.NextAsync(stoppingToken));
    }

    private void Publish(StateChange change)
    {
        using var span = ControlPlaneTracing.Compile(change.Causes, change.State.Sequence);
        var started = Stopwatch.GetTimestamp();
        var snapshot = compiler.Compile(change, hub.Current);
        ControlPlaneMetrics.Compile.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        span?.SetTag("mesh.services", compiler.LastWork.Whole).SetTag("mesh.endpoints_only", compiler.LastWork.EndpointsOnly);
        // The replica never goes back but by a reset: were it to, clients must not be led back with it.
        if (!hub.Publish(snapshot, change.Reset))
            throw new InvalidOperationException($"The replica went from sequence {hub.Current.Sequence} back to {snapshot.Sequence} without a reset.");
        if (change.Reset) logger.CompiledAnew(snapshot.Sequence, compiler.LastWork.Whole);
        report.Replace(compiler);
        Report();
    }

    private void Report()
    {
        var problems = compiler.Problems.SelectMany(p => p.Value.Select(text => (Service: p.Key, Text: text))).ToList();
        foreach (var (service, text) in problems)
        {
            if (_reported.Add($"{service}: {text}")) logger.DoesNotCompile(service.MeshName, text);
        }

        _reported.RemoveWhere(r => !problems.Any(p => $"{p.Service}: {p.Text}" == r));
    }
}
