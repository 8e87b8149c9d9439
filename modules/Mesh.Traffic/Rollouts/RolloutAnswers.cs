using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Rollouts;

/// <summary>Rollouts as REST shows them.</summary>
internal static class RolloutAnswers
{
    /// <summary>All that the filter lets through.</summary>
    public static RolloutListAnswer ToList(MeshState state, string? @namespace) => new()
    {
        Sequence = state.Sequence,
        Items = [
            .. state.Facts<TrafficState>().Services
                .Where(service => service.Rollout is not null && (@namespace is null || service.Key.Namespace == @namespace))
            .OrderBy(service => service.Key).Select(service => Of(service.Key, service.Rollout!))],
    };

    /// <summary>The last one of a service; null before the first.</summary>
    public static RolloutAnswer? Find(MeshState state, ServiceKey key) =>
        state.Facts<TrafficState>().Find(key)?.Rollout is { } rollout ? Of(key, rollout) : null;

    private static RolloutAnswer Of(ServiceKey key, RolloutState rollout) => new()
    {
        Namespace = key.Namespace,
        Service = key.Name,
        Id = rollout.Spec.Id,
        Phase = rollout.Phase == RolloutPhase.RolledBack ? RolloutFold.RolledBack : rollout.Phase.ToString().ToLowerInvariant(),
        Percent = rollout.Percent,
        Bake = rollout.Spec.Bake,
        Since = rollout.Since,
        Reason = rollout.Reason,
        Node = rollout.Node,
        Routes = [.. rollout.Routes.Select(route => route.Name)],
        RemoveRoutes = rollout.Spec.RemoveRoutes ?? [],
        Policy = rollout.Spec.Policy is not null,
        Revision = rollout.Version,
    };
}
