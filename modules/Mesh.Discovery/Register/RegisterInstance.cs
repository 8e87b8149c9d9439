using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Answers;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Register;

/// <summary>
/// Registers or updates an instance (Flow step 2). The same address or id again is an update; another address is a further instance. No two
/// instances of a service hold one address: an id that takes over an address takes the place of the one that held it.
/// </summary>
/// <param name="Instance">Valid and in normal form; its mode is not looked at, since only an operator changes that.</param>
public sealed record RegisterInstance(InstanceSpec Instance) : ICommand<DiscoveryAnswer>
{
    /// <summary>Whether the id was made from name and address; then an instance at the same address is meant, whatever its id.</summary>
    public bool IdDerived { get; init; }

    /// <summary>Make it the only instance of the service.</summary>
    public bool Replace { get; init; }

    /// <summary>Condition on the instance's version.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => "discovery.register";

    /// <inheritdoc/>
    public JsonTypeInfo<DiscoveryAnswer> AnswerType => AnswerJson.Default.DiscoveryAnswer;

    /// <inheritdoc/>
    public string Stream => DiscoveryStreams.Registration(new ServiceKey(Instance.Namespace, Instance.Service), Instance.InstanceId);

    /// <inheritdoc/>
    public string? StreamsUnder => Replace ? DiscoveryStreams.Registrations(new ServiceKey(Instance.Namespace, Instance.Service)) : null;

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var key = new ServiceKey(Instance.Namespace, Instance.Service);
        var discovery = state.Facts<DiscoveryState>();
        var service = discovery.Find(key);
        var holder = service?.FindAt(Instance.Address, Instance.Port);
        var target = IdDerived && holder is not null ? holder : service?.Find(Instance.InstanceId);
        var id = target?.Id ?? Instance.InstanceId;
        if (Precondition?.Check(target?.Version, $"Instance {id} of {key}") is { } unmet) return Decision.Rejected(unmet);

        var leaving = service is null
            ? []
            : service.Instances.Where(other => other.Id != id && (Replace || ReferenceEquals(other, holder))).ToList();
        if (target is null && LimitReached(discovery, service, key, leaving.Count) is { } limit) return Decision.Rejected(limit);

        var events = new List<NewEvent>(leaving.Count + 1);
        foreach (var other in leaving)
            events.Add(
                NewEvent.Of(DiscoveryStreams.Registration(key, other.Id),
                    new ServiceDeregistered(key.Namespace, key.Name, other.Id, "replaced")));
        var instances = (service?.Instances.Length ?? 0) - leaving.Count + (target is null ? 1 : 0);

        var spec = Instance with { InstanceId = id, Mode = target?.Spec.Mode ?? InstanceMode.Active };
        if (target is not null && target.Spec.Equals(spec))
            return Decision.Changed(events, Answer(instances, leaving.Count, id, target.Incarnation, target.Version));

        var stream = DiscoveryStreams.Registration(key, id);
        var version = state.Stream(stream).Version + 1;
        events.Add(target is null
            ? NewEvent.Of(stream, new ServiceRegistered(spec, version))
            : NewEvent.Of(stream, new ServiceUpdated(spec, version)));

        // With the first registration in its life: a command of its own for each new service would double what a registration costs.
        if (target is null && service?.DefaultsOf.Contains(DiscoveryModule.ModuleName) != true)
            events.Add(NewEvent.Of(DiscoveryStreams.Intent(key), new DefaultsApplied(key.Namespace, key.Name, DiscoveryModule.ModuleName)));
        return Decision.Changed(events, Answer(instances, leaving.Count, id, version, version));
    }

    private static DiscoveryAnswer Answer(int instances, int removed, string id, long incarnation, long version) =>
        new() { Instances = instances, Affected = removed, InstanceId = id, Incarnation = incarnation, Version = version };

    private static Refusal? LimitReached(DiscoveryState discovery, ServiceState? service, ServiceKey key, int leaving)
    {
        var use = discovery.Use(key.Namespace);
        if (service is not { Exists: true } && use.Services >= DiscoveryLimits.ServicesPerNamespace)
            return Limit("name",
                $"Namespace {key.Namespace} holds {use.Services} services, the limit. Deregister some, or use another namespace.");
        if (use.Instances - leaving >= DiscoveryLimits.InstancesPerNamespace)
            return Limit("instanceId",
                $"Namespace {key.Namespace} holds {use.Instances} instances, the limit. Deregister some, or use another namespace.");
        if ((service?.Instances.Length ?? 0) - leaving >= DiscoveryLimits.InstancesPerService)
            return Limit("instanceId", $"Service {key} holds {service!.Instances.Length} instances, the limit. Deregister some.");
        return null;
    }

    private static Refusal Limit(string field, string message) => Refusal.Of(RefusalKind.LimitReached, field, "limit-reached", message);
}
