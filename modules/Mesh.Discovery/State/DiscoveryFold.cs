using System.Text.Json;
using Mesh.Contracts.Discovery;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Discovery.State;

/// <summary>What discovery's events mean (Flow steps 2 and 5): pure steps from one <see cref="DiscoveryState"/> to the next.</summary>
public sealed class DiscoveryFold : ModuleFold<DiscoveryState>
{
    /// <summary>The fold.</summary>
    public DiscoveryFold()
    {
        On<ServiceRegistered>((state, entry, e) => Upsert(state, entry, e.Instance, e.Incarnation));
        On<ServiceUpdated>((state, entry, e) => Upsert(state, entry, e.Instance, e.Incarnation));
        On<ServiceDeregistered>(Remove);
        On<ServiceSettingsChanged>(
            (state, entry, e) => Change(state, new(e.Namespace, e.Service), entry, service => service with { Settings = e.Settings }));
        On<DefaultsApplied>((state, entry, e) => Change(state, new(e.Namespace, e.Service), entry,
            service => service.DefaultsOf.Contains(e.Module) ? service : service with { DefaultsOf = service.DefaultsOf.Add(e.Module) }));
        On<InstanceHealthChanged>(HealthChanged);
        On<AddressesResolved>(Resolved);
    }

    /// <inheritdoc/>
    public override string Module => "discovery";

    /// <inheritdoc/>
    public override int SchemaVersion => 2;

    /// <inheritdoc/>
    public override DiscoveryState Empty => DiscoveryState.Empty;

    /// <inheritdoc/>
    public override void Save(DiscoveryState state, Stream target) => DiscoverySnapshot.Save(state, target);

    /// <inheritdoc/>
    public override DiscoveryState Load(Stream source) => DiscoverySnapshot.Load(source);

    /// <inheritdoc/>
    protected override DiscoveryState Draft(DiscoveryState state) => state.ToDraft();

    /// <inheritdoc/>
    protected override DiscoveryState Finish(DiscoveryState draft) => draft.ToImmutable();

    /// <inheritdoc/>
    protected override bool Restates(DiscoveryState state, LogEntry entry) =>
        entry.Type == InstanceHealthChanged.EventType
            && JsonSerializer.Deserialize(entry.Data.Span, InstanceHealthChanged.JsonType) is { Full: true };

    private static DiscoveryState Upsert(DiscoveryState state, LogEntry entry, InstanceSpec spec, long incarnation)
    {
        var key = new ServiceKey(spec.Namespace, spec.Service);
        var service = state.Find(key) ?? new ServiceState { Key = key };
        var index = service.IndexOf(spec.InstanceId);
        var before = index < 0 ? null : service.Instances[index];
        var instance = new InstanceState
        {
            Spec = spec,
            Incarnation = incarnation,
            Version = entry.StreamVersion,
            FirstSequence = before?.FirstSequence ?? entry.Sequence,
            Status = before is null ? InstanceState.InitialStatus(spec, entry.Time) : InstanceState.CarryStatus(before, spec, entry.Time),
        };
        return state.With(service with
        {
            Version = entry.Sequence,
            Instances = index < 0 ? service.Instances.Insert(~index, instance) : service.Instances.SetItem(index, instance),
        });
    }

    private static DiscoveryState Remove(DiscoveryState state, LogEntry entry, ServiceDeregistered e)
    {
        if (state.Find(new(e.Namespace, e.Service)) is not { } service || service.IndexOf(e.InstanceId) is var index && index < 0)
            return state;
        return state.With(service with { Version = entry.Sequence, Instances = service.Instances.RemoveAt(index) });
    }

    private static DiscoveryState Change(DiscoveryState state, ServiceKey key, LogEntry entry, Func<ServiceState, ServiceState> change) =>
        state.With(change(state.Find(key) ?? new ServiceState { Key = key }) with { Version = entry.Sequence });

    private static DiscoveryState HealthChanged(DiscoveryState state, LogEntry entry, InstanceHealthChanged e)
    {
        if (state.Find(new(e.Namespace, e.Service)) is not { } service) return state;
        var instances = service.Instances.ToBuilder();
        foreach (var status in e.Instances)
        {
            if (service.IndexOf(status.InstanceId) is var index && index < 0) continue;
            // Only an entry that restates everything speaks of addresses; all others leave them.
            var merged = e.Full ? status : status with { Addresses = instances[index].Status.Addresses };
            instances[index] = instances[index] with { Status = merged };
        }

        return state.With(service with { Instances = instances.MoveToImmutable() });
    }

    private static DiscoveryState Resolved(DiscoveryState state, LogEntry entry, AddressesResolved e)
    {
        if (state.Find(new(e.Namespace, e.Service)) is not { } service) return state;
        var instances = service.Instances.ToBuilder();
        foreach (var resolved in e.Instances)
        {
            if (service.IndexOf(resolved.InstanceId) is var index && index < 0 || service.Instances[index].Spec.Address != resolved.Host)
                continue;
            instances[index] = instances[index] with { Status = instances[index].Status with { Addresses = resolved.Addresses } };
        }

        return state.With(service with { Instances = instances.MoveToImmutable() });
    }
}
