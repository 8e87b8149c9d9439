using System.Diagnostics;
using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Snapshots;
using Mesh.ControlPlane.Telemetry;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;

namespace Mesh.ControlPlane.Compile;

/// <summary>
/// Takes each change of the replica, compiles it and publishes the snapshot (Flow step 6). While it works, further changes are merged into
/// one; streams are never waited for. A flavour that comes into use is compiled at once, in the state that is compiled already. Compiling
/// and pushing have costs of their own that do not grow with what they carry, so what took long is followed by as long a pause: the more
/// comes, the more of it is one.
/// </summary>
internal sealed class CompileService(
    IMeshReplica replica, XdsCompiler compiler, FlavoursInUse flavours, NodeContributors nodes, SnapshotHub hub,
    ControlPlaneReadiness readiness, CompileReport report, TimeProvider time, ILogger<CompileService> logger) : BackgroundService
{
    // Of a change that comes alone none of this is felt: it compiles in less than a millisecond. Under a flood of new services a compile
    // takes about 40 ms, and a data plane of all of them builds its tables again with each.
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(1), MostPause = TimeSpan.FromMilliseconds(100);
    private readonly HashSet<(ServiceKey Service, string Text)> _reported = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WaitAsync(stoppingToken);
        using var subscription = replica.Subscribe();
        MeshState? state = null;
        Task<StateChange>? next = null;
        var revision = 0L;
        while (!stoppingToken.IsCancellationRequested)
        {
            // Taken no sooner than it can be compiled, so that what comes in the pause is one change with it.
            next ??= subscription.NextAsync(stoppingToken).AsTask();
            // Before the first state there is nothing to compile for anybody.
            if (state is not null) await Task.WhenAny(next, flavours.MoreThanAsync(compiler.InUse.Count), nodes.MoreThanAsync(revision));
            var begun = time.GetTimestamp();
            // Read before streams ask the modules again, which they do with each snapshot.
            revision = nodes.Revision;
            var isChanged = state is null || next.IsCompleted;
            var change = isChanged ? await next : new StateChange(state!, new HashSet<string>(), false, []);
            if (isChanged) next = null;
            Publish(change);
            state = change.State;
            var pause = time.GetElapsedTime(begun);
            if (pause >= LeastPause) await Task.Delay(pause > MostPause ? MostPause : pause, time, stoppingToken);
        }
    }

    private void Publish(StateChange change)
    {
        using var span = ControlPlaneTracing.Compile(change.Causes, change.State.Sequence);
        var started = Stopwatch.GetTimestamp();
        var inUse = compiler.InUse.Count;
        compiler.Use(flavours.All);
        var snapshot = compiler.Compile(change, hub.Current);
        ControlPlaneMetrics.Compile.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        span?.SetTag("mesh.services", compiler.LastWork.Whole).SetTag("mesh.endpoints_only", compiler.LastWork.EndpointsOnly);
        // Before it is published: whoever asked for a flavour and got it finds the problems of it, too.
        report.Replace(compiler);
        // The replica never goes back but by a reset: were it to, clients must not be led back with it.
        if (!hub.Publish(snapshot, change.Reset))
            throw new InvalidOperationException(
                $"The replica went from sequence {hub.Current.Sequence} back to {snapshot.Sequence} without a reset.");
        if (change.Reset) logger.CompiledAnew(snapshot.Sequence, compiler.LastWork.Whole);
        if (compiler.InUse.Count > inUse) logger.FlavoursInUse(string.Join(", ", compiler.InUse), snapshot.Sequence);
        Report();
    }

    private void Report()
    {
        var problems = compiler.Problems.SelectMany(p => p.Value.Select(text => (Service: p.Key, Text: text))).ToHashSet();
        foreach (var problem in problems)
        {
            if (_reported.Add(problem)) logger.DoesNotCompile(problem.Service.MeshName, problem.Text);
        }

        _reported.IntersectWith(problems);
        foreach (var (contributor, fault) in compiler.ContributorFaults) logger.ContributorFailed(contributor, fault);
    }
}
