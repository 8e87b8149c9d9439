using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.Decisions;
using Mesh.Traffic.Delivery.Reconciling;
using Mesh.Traffic.Delivery.State;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Delivery.Read;

/// <summary>Canaries and switches as REST and gRPC show them, by namespace and service.</summary>
internal static class DeliveryAnswers
{
    /// <summary>A canary by the log alone: how a running one is doing is not said.</summary>
    public static CanaryAnswer Of(CanaryState canary, long version)
    {
        var last = canary.History.Count == 0 ? null : canary.History[^1];
        return new CanaryAnswer(canary.Spec)
        {
            Phase = PhaseNames.Of(canary.Phase),
            Step = canary.Step,
            Weight = canary.Weight,
            Since = canary.Since,
            Reason = canary.Phase == CanaryPhase.Running ? null : last?.Reason,
            Observed = canary.Phase == CanaryPhase.Running ? null : last?.Observed,
            History = canary.History,
            Revision = version,
        };
    }

    /// <summary>A canary that runs, with what a worker would conclude now.</summary>
    public static CanaryAnswer Of(CanaryState canary, long version, CanaryVerdict verdict) => Of(canary, version) with
    {
        Verdict = verdict.Next switch { CanaryNext.Bakes => "bakes", CanaryNext.Holds => "holds", CanaryNext.Advances => "advances",
            _ => "aborts" },
        Reason = verdict.Reason,
        Observed = verdict.Observed,
    };

    /// <summary>A switch.</summary>
    public static BlueGreenAnswer Of(ServiceKey key, SwitchState last, long version) => new()
    {
        Namespace = key.Namespace,
        Service = key.Name,
        Route = last.Route,
        To = last.To,
        Before = last.Before,
        Phase = last.RolledBack ? PhaseNames.RolledBack : PhaseNames.Switched,
        Since = last.Since,
        By = last.By,
        Revision = version,
    };

    /// <summary>All switches of a namespace, or of all.</summary>
    public static BlueGreenListAnswer Switches(MeshState state, string? @namespace) => new()
    {
        Sequence = state.Sequence,
        Items = [
            .. Of(state.Facts<TrafficState>(), @namespace).Where(service => service.Delivery!.Switch is not null)
                .Select(service => Of(service.Key, service.Delivery!.Switch!, service.Delivery.Version))],
    };

    /// <summary>All canaries, for people.</summary>
    public static IReadOnlyList<CanaryAnswer> Canaries(TrafficState traffic) =>
        [.. Of(traffic, null).Where(service => service.Delivery!.Canary is not null)
            .Select(service => Of(service.Delivery!.Canary!, service.Delivery.Version))];

    /// <summary>All switches, for people.</summary>
    public static IReadOnlyList<BlueGreenAnswer> Switches(TrafficState traffic) =>
        [.. Of(traffic, null).Where(service => service.Delivery!.Switch is not null)
            .Select(service => Of(service.Key, service.Delivery!.Switch!, service.Delivery.Version))];

    /// <summary>Services that have had a canary or a switch.</summary>
    public static IEnumerable<ServiceTraffic> Of(TrafficState traffic, string? @namespace) =>
        traffic.Services.Where(service => service.Delivery is not null && (@namespace is null || service.Key.Namespace == @namespace))
            .OrderBy(service => service.Key);
}
