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
/// Deregisters instances that have been critical for longer than their registration allows (Flow steps 2 and 8). Protected ones stay, as do
/// those in maintenance and those that neither lease nor check has spoken of yet.
/// </summary>
/// <param name="Key">The service.</param>
public sealed record ExpireCritical(ServiceKey Key) : ICommand<DiscoveryAnswer>
{
    /// <inheritdoc/>
    public string Name => "discovery.expire-critical";

    /// <inheritdoc/>
    public JsonTypeInfo<DiscoveryAnswer> AnswerType => AnswerJson.Default.DiscoveryAnswer;

    /// <summary>When the instance is due, UTC; null if it is not going to be.</summary>
    public static DateTimeOffset? DueAt(InstanceState instance) =>
        instance is { Spec: { LongestCriticalMs: > 0 and var after, Mode: not InstanceMode.Maintenance },
            Status: { Health: HealthState.Critical, Reported: true, Protected: false } status }
            ? status.Since.AddMilliseconds(after)
            : null;

    /// <inheritdoc/>
    public string Stream => DiscoveryStreams.Status(Key);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        if (state.Facts<DiscoveryState>().Find(Key) is not { } service) return Decision.Unchanged(new DiscoveryAnswer());
        var events = service.Instances
            .Where(instance => DueAt(instance) <= context.Time)
            .Select(instance => NewEvent.Of(
                DiscoveryStreams.Registration(Key, instance.Id),
                new ServiceDeregistered(Key.Namespace, Key.Name, instance.Id, "critical-too-long")))
            .ToList();
        return Decision.Changed(events,
            new DiscoveryAnswer { Instances = service.Instances.Length - events.Count, Affected = events.Count });
    }
}
