using Mesh.Contracts.Waiting;
using Mesh.Discovery.Probing.Probes;
using Mesh.Discovery.Probing.Scheduling;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Reconciling;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Mesh.Discovery.Probing;

/// <summary>
/// Probes every instance of the owned shards that has a check and is not in maintenance (Flow step 8). What the probes find goes into the
/// <see cref="ProbeTable"/>; <see cref="HealthReporter"/> tells the Registry.
/// </summary>
public sealed class ProbeScheduler : BackgroundService
{
    private readonly ProbeTable _table;
    private readonly OwnedServices _services;
    private readonly IProber _prober;
    private readonly IReconcileTrigger _trigger;
    private readonly TimeProvider _time;
    private readonly ProbingOptions _options;
    private readonly PeriodicWork<ProbeKey> _work;

    /// <summary>Begins when the host starts.</summary>
    public ProbeScheduler(ProbeTable table, OwnedServices services, IProber prober, IReconcileTrigger trigger, TimeProvider time,
        IOptions<ProbingOptions> options)
    {
        (_table, _services, _prober, _trigger, _time, _options) = (table, services, prober, trigger, time, options.Value);
        _work = new(ProbeAsync, _options.Concurrency, time);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        BackgroundTasks.RunAsync(stoppingToken, token => _services.FollowAsync(Sync, token), _work.RunAsync);

    private void Sync(ServiceKey key, ServiceState? service)
    {
        var (begin, end) = _table.Sync(key, service);
        foreach (var probe in end) _work.Stop(probe);
        foreach (var target in begin) _work.Start(new ProbeKey(key, target.InstanceId), FirstDelay(target, service));
    }

    // Newcomers at once: their traffic waits for it. Those that another worker has probed are spread, lest thousands come in one moment.
    private TimeSpan FirstDelay(ProbeTarget target, ServiceState? service) =>
        service?.Find(target.InstanceId) is { Status.Reported: true }
            ? TimeSpan.FromMilliseconds(Math.Min(target.Check.IntervalMs, _options.Spread.TotalMilliseconds)) * Random.Shared.NextDouble()
            : TimeSpan.Zero;

    private async Task<TimeSpan?> ProbeAsync(ProbeKey key, CancellationToken cancellationToken)
    {
        if (_table.Find(key) is not { } known) return null;
        // As it is now: the mode of a service changes without the service.
        var target = known with { Peer = _services.PeerOf(key.Service, known.TakesTls) };
        var started = _time.GetTimestamp();
        var result = await _prober.ProbeAsync(target, cancellationToken).ConfigureAwait(false);
        var took = _time.GetElapsedTime(started);
        ProbingTelemetry.Probed(target.Check.Kind, result.Outcome, took);

        // The reporter compares with the log, so it is asked each time; where all is as the log says it does nothing.
        if (_table.Observe(key, target, result) is not null)
            _trigger.Trigger(HealthReporter.ReconcilerName, key.Service.ToString(), _options.Tick);
        var next = Backoff.Around(TimeSpan.FromMilliseconds(target.Check.IntervalMs), 0.1, Random.Shared) - took;
        return next > TimeSpan.Zero ? next : TimeSpan.Zero;
    }
}
