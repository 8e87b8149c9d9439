using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.State;

namespace Mesh.Traffic.State;

/// <summary>What traffic's events mean (Flow steps 2 and 5): pure steps from one <see cref="TrafficState"/> to the next.</summary>
public sealed class TrafficFold : ModuleFold<TrafficState>
{
    /// <summary>The fold.</summary>
    public TrafficFold()
    {
        On<RouteSet>((state, entry, e) => Change(state, new(e.Route.Namespace, e.Route.Service),
            service => service with { Routes = service.Routes.SetItem(e.Route.Name, new RouteState(e.Route, entry.StreamVersion)) }));
        On<RouteRemoved>(
            (state, _,
                e) => Change(state, new(e.Namespace, e.Service), service => service with { Routes = service.Routes.Remove(e.Route) }));
        On<TrafficPolicySet>((state, entry, e) => Change(state, new(e.Policy.Namespace, e.Policy.Service),
            service => service with { Policy = new PolicyState(e.Policy, entry.StreamVersion) }));
        On<TrafficPolicyRemoved>((state, _, e) => Change(state, new(e.Namespace, e.Service), service => service with { Policy = null }));
        On<CanaryStarted>(
            (state, entry,
                e) => Deliver(state, e.Canary.Namespace, e.Canary.Service, delivery => DeliveryFold.Started(delivery, entry, e)));
        On<CanaryAdvanced>(
            (state, entry, e) => Deliver(state, e.Namespace, e.Service, delivery => DeliveryFold.Advanced(delivery, entry, e)));
        On<CanaryCompleted>(
            (state, entry, e) => Deliver(state, e.Namespace, e.Service, delivery => DeliveryFold.Completed(delivery, entry, e)));
        On<CanaryAborted>(
            (state, entry, e) => Deliver(state, e.Namespace, e.Service, delivery => DeliveryFold.Aborted(delivery, entry, e)));
        On<BlueGreenSwitched>(
            (state, entry, e) => Deliver(state, e.Namespace, e.Service, delivery => DeliveryFold.Switched(delivery, entry, e)));
        On<BlueGreenRolledBack>(
            (state, entry, e) => Deliver(state, e.Namespace, e.Service, delivery => DeliveryFold.RolledBack(delivery, entry)));
        On<RolloutStarted>(
            (state, entry,
                e) => Change(state, new(e.Rollout.Namespace, e.Rollout.Service), service => RolloutFold.Started(service, entry, e)));
        On<RolloutAdvanced>(
            (state, entry, e) => Change(state, new(e.Namespace, e.Service), service => RolloutFold.Advanced(service, entry, e)));
        On<RolloutPaused>(
            (state, entry, e) => Change(state, new(e.Namespace, e.Service), service => RolloutFold.Paused(service, entry, e)));
        On<RolloutResumed>(
            (state, entry, e) => Change(state, new(e.Namespace, e.Service), service => RolloutFold.Resumed(service, entry, e)));
        On<RolloutHalted>(
            (state, entry, e) => Change(state, new(e.Namespace, e.Service), service => RolloutFold.Halted(service, entry, e)));
        On<RolloutEnded>((state, entry, e) => Change(state, new(e.Namespace, e.Service), service => RolloutFold.Ended(service, entry, e)));
    }

    /// <inheritdoc/>
    public override string Module => "traffic";

    /// <inheritdoc/>
    public override int SchemaVersion => 3;

    /// <inheritdoc/>
    public override TrafficState Empty => TrafficState.Empty;

    /// <inheritdoc/>
    public override void Save(TrafficState state, Stream target) => TrafficSnapshot.Save(state, target);

    /// <inheritdoc/>
    public override TrafficState Load(Stream source) => TrafficSnapshot.Load(source);

    private static TrafficState Deliver(TrafficState state, string @namespace, string service, Func<DeliveryState, DeliveryState> change) =>
        Change(state, new(@namespace, service), known => known with { Delivery = change(known.Delivery ?? DeliveryState.None) });

    private static TrafficState Change(TrafficState state, ServiceKey key, Func<ServiceTraffic, ServiceTraffic> change) =>
        state.With(change(state.Find(key) ?? new ServiceTraffic { Key = key }));
}
