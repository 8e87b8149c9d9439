using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Answers;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Health;

/// <summary>
/// The verdicts of one tick on one service's instances become at most one entry (Flow steps 2 and 8). A worker decides the same command on
/// its replica first and sends it only where that finds a change.
/// </summary>
/// <param name="Key">The service.</param>
/// <param name="Verdicts">Of probes and leases, at most one of each for an instance.</param>
public sealed record ReportHealth(ServiceKey Key, ImmutableArray<HealthVerdict> Verdicts) : ICommand<DiscoveryAnswer>
{
    /// <summary>Every so many status entries one restates the whole status, so that older payloads may be dropped.</summary>
    public const int FullEvery = 64;

    /// <inheritdoc/>
    public string Name => "discovery.report-health";

    /// <inheritdoc/>
    public JsonTypeInfo<DiscoveryAnswer> AnswerType => AnswerJson.Default.DiscoveryAnswer;

    /// <inheritdoc/>
    public string Stream => DiscoveryStreams.Status(Key);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        if (state.Facts<DiscoveryState>().Find(Key) is not { Instances.IsEmpty: false } service)
            return Decision.Unchanged(new DiscoveryAnswer());
        var statuses = new InstanceStatus[service.Instances.Length];
        for (var i = 0; i < statuses.Length; i++) statuses[i] = service.Instances[i].Status;
        foreach (var verdict in Verdicts)
        {
            if (service.IndexOf(verdict.InstanceId) is var index && index < 0) continue;
            if (verdict.Incarnation != 0 && verdict.Incarnation != service.Instances[index].Incarnation) continue;
            statuses[index] = Damping.Apply(statuses[index], verdict, context.Time);
        }

        var kept = EmptyPushProtection.Apply(service, statuses, context.Time);
        var changed = ImmutableArray.CreateBuilder<InstanceStatus>();
        for (var i = 0; i < statuses.Length; i++)
        {
            if (!statuses[i].Equals(service.Instances[i].Status)) changed.Add(statuses[i]);
        }

        var answer = new DiscoveryAnswer { Instances = changed.Count, Protected = kept };
        if (changed.Count == 0) return Decision.Unchanged(answer);
        var stream = DiscoveryStreams.Status(Key);
        var full = (state.Stream(stream).Version + 1) % FullEvery == 0;
        // Addresses are restated only by a full entry; the others leave them as they are.
        var reported = full ? [.. statuses] : changed.Select(status => status with { Addresses = [] }).ToImmutableArray();
        return Decision.Changed([NewEvent.Of(stream, new InstanceHealthChanged(Key.Namespace, Key.Name, reported, full))], answer);
    }
}
