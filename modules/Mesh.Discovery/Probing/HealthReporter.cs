using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Contracts.V1;
using Mesh.Discovery.Health;
using Mesh.Discovery.Probing.Leases;
using Mesh.Discovery.State;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Probing;

/// <summary>
/// Tells the Registry what probes and leases have found out about a service's instances (Flow step 8): all of one tick in one report. It
/// decides the very command on the replica first, and sends it only where that changes something.
/// </summary>
public sealed class HealthReporter(ProbeTable probes, LeaseWatch leases, TimeProvider time) : IReconciler
{
    /// <summary>Name of this reconciler.</summary>
    public const string ReconcilerName = "discovery-health";

    /// <inheritdoc/>
    public string Name => ReconcilerName;

    /// <inheritdoc/>
    public bool ReportsObservations => true;

    /// <inheritdoc/>
    public IEnumerable<string> Resources(MeshState state) => ServiceResource.All(state);

    /// <inheritdoc/>
    public string? ResourceOf(string stream, MeshState state) => ServiceResource.Of(stream);

    /// <inheritdoc/>
    public async ValueTask<TimeSpan?> ReconcileAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (ServiceResource.Find(context.State, context.Resource) is not { } service) return null;
        var fromLeases = await leases.VerdictsOfAsync(service, cancellationToken).ConfigureAwait(false);
        var verdicts = probes.VerdictsOf(service.Key).AddRange(fromLeases).Where(verdict => IsNews(service, verdict)).ToImmutableArray();

        // Protection is decided with every report, so it needs one to end: when it is switched off, say, while all verdicts stay as they
        // are.
        if (verdicts.IsEmpty && !service.Instances.Any(instance => instance.Status.Protected)) return null;

        var now = time.GetUtcNow();
        if (now < context.State.Position.Time) now = context.State.Position.Time;
        var decision = new ReportHealth(service.Key, verdicts).Decide(context.State,
            new DecisionContext(now, $"reconciler:{Name}", context.State.Sequence + 1));
        if (decision.Events.Count > 0) await SendAsync(context, service, verdicts, cancellationToken).ConfigureAwait(false);
        return NextHoldEnd(service, verdicts, now);
    }

    private static async ValueTask SendAsync(ReconcileContext context, ServiceState service, ImmutableArray<HealthVerdict> verdicts,
        CancellationToken cancellationToken)
    {
        var request = new ReportHealthRequest { Namespace = service.Key.Namespace, Name = service.Key.Name };
        request.Verdicts.AddRange(verdicts.Select(verdict => new Contracts.V1.Verdict
        {
            InstanceId = verdict.InstanceId,
            Incarnation = verdict.Incarnation,
            Source = verdict.Source.ToString().ToLowerInvariant(),
            Health = verdict.Health.ToString().ToLowerInvariant(),
            Detail = verdict.Detail,
        }));
        await context.SendAsync(
            new CommandCall<StatusReply>
            {
                StreamsRead = ServiceResource.StreamsOf(service),
                Outcome = Convert.ToBase64String(request.ToByteArray()),
                SequenceOf = reply => reply.Sequence,
                Start = (invoker, options) => new DiscoveryStatus.DiscoveryStatusClient(invoker).ReportHealthAsync(request, options),
            },
            cancellationToken).ConfigureAwait(false);
    }

    // A flapping instance is always news: its time may be over.
    private static bool IsNews(ServiceState service, HealthVerdict verdict) =>
        service.Find(verdict.InstanceId) is { } instance && instance.Incarnation == verdict.Incarnation
        && (instance.Status.Flapping || (verdict.Source == VerdictSource.Probe
            ? verdict.Health != instance.Status.Probe || !instance.Status.Reported
            : verdict.Health != instance.Status.Lease));

    // Where damping holds a recovery back, the next look is when it no longer does.
    private static TimeSpan? NextHoldEnd(ServiceState service, ImmutableArray<HealthVerdict> verdicts, DateTimeOffset now)
    {
        TimeSpan? next = null;
        foreach (var verdict in verdicts)
        {
            if (service.Find(verdict.InstanceId)?.Status is not { Flapping: true } status || verdict.Health >= status.Health) continue;
            var last = status.Transitions.IsEmpty ? status.Since : status.Transitions[^1];
            var wait = last.AddSeconds(status.HoldSeconds) - now + TimeSpan.FromMilliseconds(50);
            if (wait > TimeSpan.Zero && (next is null || wait < next)) next = wait;
        }

        return next;
    }
}
