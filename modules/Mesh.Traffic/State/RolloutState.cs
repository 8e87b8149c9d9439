using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Values;

namespace Mesh.Traffic.State;

/// <summary>The last rollout of a service: the change that a share of clients gets in place of what all others have. Immutable.</summary>
/// <param name="Spec">In normal form, with its id.</param>
/// <param name="Started">The log's sequence of its first event.</param>
/// <param name="Phase">How far it is.</param>
/// <param name="Percent">The share of clients.</param>
/// <param name="Since">Since when it is in this phase, at this share.</param>
/// <param name="Reason">Why it is paused, or went back.</param>
/// <param name="Node">The client that refused it.</param>
/// <param name="Version">Its stream's version.</param>
public sealed record RolloutState(
    RolloutSpec Spec, long Started, RolloutPhase Phase, int Percent, DateTimeOffset Since, string? Reason, string? Node, long Version)
{
    /// <summary>Whether a share of clients gets something else than the others.</summary>
    [JsonIgnore]
    public bool Active => Phase is RolloutPhase.Running or RolloutPhase.Paused;

    /// <summary>How long the whole share has to have it, at the least, before all others get it.</summary>
    [JsonIgnore]
    public TimeSpan Bake => Durations.TryParse(Spec.Bake) ?? TimeSpan.FromSeconds(30);

    /// <summary>The routes that it sets.</summary>
    [JsonIgnore]
    public ImmutableArray<RouteState> Routes { get; } = [.. (Spec.Routes ?? []).Select(route => new RouteState(route, 0))];

    /// <summary>What a service is with the change.</summary>
    public ServiceTraffic Apply(ServiceTraffic service) => service with
    {
        Routes = service.Routes.RemoveRange(Spec.RemoveRoutes ?? [])
            .SetItems(Routes.Select(route => KeyValuePair.Create(route.Name, route))),
        Policy = Spec.Policy is { } policy ? new PolicyState(policy, service.Policy?.Version ?? 0) : service.Policy,
        Rollout = null,
    };
}

/// <summary>How far a rollout is.</summary>
public enum RolloutPhase
{
    /// <summary>The share has it, and it bakes.</summary>
    Running,

    /// <summary>Nobody can see how the share takes it.</summary>
    Paused,

    /// <summary>All have it.</summary>
    Completed,

    /// <summary>It was refused; nobody has it.</summary>
    RolledBack,

    /// <summary>Somebody ended it; nobody has it.</summary>
    Aborted,
}
