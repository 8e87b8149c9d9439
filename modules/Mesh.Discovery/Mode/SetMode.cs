using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Answers;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Mode;

/// <summary>Drains instances, puts them into maintenance or makes them active again (Flow step 2). Never changes an incarnation.</summary>
/// <param name="Key">The service.</param>
/// <param name="InstanceId">Null for all instances that there are now.</param>
/// <param name="Mode">What they shall be.</param>
public sealed record SetMode(ServiceKey Key, string? InstanceId, InstanceMode Mode) : ICommand<DiscoveryAnswer>
{
    /// <summary>Condition on the version of the instance, or of the service where all are meant.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => "discovery.set-mode";

    /// <inheritdoc/>
    public JsonTypeInfo<DiscoveryAnswer> AnswerType => AnswerJson.Default.DiscoveryAnswer;

    /// <inheritdoc/>
    public string Stream => InstanceId is null ? DiscoveryStreams.Intent(Key) : DiscoveryStreams.Registration(Key, InstanceId);

    /// <inheritdoc/>
    public string? StreamsUnder => InstanceId is null ? DiscoveryStreams.Registrations(Key) : null;

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var service = state.Facts<DiscoveryState>().Find(Key) is { Exists: true } found ? found : null;
        var instance = InstanceId is null ? null : service?.Find(InstanceId);
        var version = InstanceId is null ? service?.Version : instance?.Version;
        if (Precondition?.Check(version, InstanceId is null ? $"Service {Key}" : $"Instance {InstanceId} of {Key}") is { } unmet)
            return Decision.Rejected(unmet);
        if (service is null) return Decision.Rejected(RefusalKind.NotFound, "name", "unknown-service", $"There is no service {Key}.");
        if (InstanceId is not null && instance is null)
            return Decision.Rejected(RefusalKind.NotFound, "instanceId", "unknown-instance",
                $"Service {Key} has no instance {InstanceId}.");

        var events = new List<NewEvent>();
        foreach (var one in instance is null ? service.Instances : [instance])
        {
            if (one.Spec.Mode != Mode)
                events.Add(
                    NewEvent.Of(DiscoveryStreams.Registration(Key, one.Id),
                        new ServiceUpdated(one.Spec with { Mode = Mode }, one.Incarnation)));
        }

        return Decision.Changed(events, new DiscoveryAnswer
        {
            Instances = service.Instances.Length,
            Affected = events.Count,
            InstanceId = InstanceId,
            Incarnation = instance?.Incarnation ?? 0,
            Version = instance is null
                ? (events.Count == 0 ? service.Version : context.NextSequence + events.Count - 1)
                : instance.Version + events.Count,
        });
    }
}
