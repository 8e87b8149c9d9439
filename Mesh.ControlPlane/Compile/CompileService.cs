using System.Diagnostics;
using Mesh.ControlPlane.Hosting;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;

namespace Mesh.ControlPlane.Compile;

/// <summary>
/// Takes each change of the replica, compiles it and publishes the snapshot (Flow step 6). While it works, further changes are merged into
/// one; streams are never waited for. Compiling and pushing have costs of their own that do not grow with what they carry, so what took long is followed by as
/// long a pause: the more comes, the more of it is one.
/// </summary>
internal sealed class CompileService(
    IMeshReplica replica, XdsCompiler compiler, SnapshotHub hub, ControlPlaneReadiness readiness, CompileReport report, TimeProvider time, ILogger<CompileService> logger) : BackgroundService
{
    // Of a change that comes alone none of this is felt: it compiles in less than a millisecond.
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(1), MostPause = TimeSpan.FromMilliseconds(20);
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WaitAsync(stoppingToken);
        using var subscription = replica.Subscribe();
        while (!stoppingToken.IsCancellationRequested)
        {
            var change = await subscription.NextAsync(stoppingToken);
            var begun = time.GetTimestamp();
            Publish(change);
            var pause = time.GetElapsedTime(begun);
            if (pause >= LeastPause) await Task.Delay(pause > MostPause ? MostPause : pause, time, stoppingToken);
        }
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
