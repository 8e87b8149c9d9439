using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Answers;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Deregister;

/// <summary>Removes one instance, or all of a service (Flow step 2). What is not there is unchanged, not an error.</summary>
/// <param name="Key">The service.</param>
/// <param name="InstanceId">Null for all instances.</param>
public sealed record DeregisterInstances(ServiceKey Key, string? InstanceId) : ICommand<DiscoveryAnswer>
{
    /// <summary>Only if the instance still has this incarnation; 0 for any.</summary>
    public long Incarnation { get; init; }

    /// <summary>Condition on the version of the instance, or of the service where all are meant.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => "discovery.deregister";

    /// <inheritdoc/>
    public JsonTypeInfo<DiscoveryAnswer> AnswerType => AnswerJson.Default.DiscoveryAnswer;

    /// <inheritdoc/>
    public string Stream => InstanceId is null ? DiscoveryStreams.Intent(Key) : DiscoveryStreams.Registration(Key, InstanceId);

    /// <inheritdoc/>
    public string? StreamsUnder => InstanceId is null ? DiscoveryStreams.Registrations(Key) : null;

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var service = state.Facts<DiscoveryState>().Find(Key);
        return InstanceId is null ? All(service) : One(service, InstanceId);
    }

    private Decision All(ServiceState? service)
    {
        if (Precondition?.Check(service is { Exists: true } ? service.Version : null, $"Service {Key}") is { } unmet)
            return Decision.Rejected(unmet);
        if (service is null) return Decision.Unchanged(new DiscoveryAnswer());
        return Decision.Changed([.. service.Instances.Select(instance => Gone(instance.Id))],
            new DiscoveryAnswer { Affected = service.Instances.Length });
    }

    private Decision One(ServiceState? service, string instanceId)
    {
        var instance = service?.Find(instanceId);
        if (Precondition?.Check(instance?.Version, $"Instance {instanceId} of {Key}") is { } unmet) return Decision.Rejected(unmet);
        if (instance is null)
            return Decision.Unchanged(new DiscoveryAnswer { Instances = service?.Instances.Length ?? 0, InstanceId = instanceId });
        if (Incarnations.Check(instance, Incarnation) is { } older) return Decision.Rejected(older);
        return Decision.Changed([Gone(instanceId)],
            new DiscoveryAnswer { Instances = service!.Instances.Length - 1, Affected = 1, InstanceId = instanceId });
    }

    private NewEvent Gone(string instanceId) =>
        NewEvent.Of(DiscoveryStreams.Registration(Key, instanceId),
            new ServiceDeregistered(Key.Namespace, Key.Name, instanceId, "requested"));
}
