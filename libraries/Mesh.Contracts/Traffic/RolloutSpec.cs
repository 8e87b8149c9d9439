using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;

namespace Mesh.Contracts.Traffic;

/// <summary>
/// A change of one service's routes and traffic policy that a share of its clients gets first: body of <c>POST /api/traffic/rollouts</c>
/// and, in normal form, the payload of <see cref="RolloutStarted"/>.
/// </summary>
public sealed record RolloutSpec
{
    /// <summary>Namespace of the service; <c>default</c> if unset.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>The service whose clients get the change.</summary>
    public required string Service { get; init; }

    /// <summary>Given by the mesh; it draws which clients belong to the share.</summary>
    public string Id { get; init; } = "";

    /// <summary>How many of the clients get it first, 1 to 100; 10 if unset.</summary>
    public int Percent { get; init; } = 10;

    /// <summary>How long every client of the share must have it, and none refuse it, before all get it; <c>30s</c> if unset.</summary>
    public string Bake { get; init; } = "30s";

    /// <summary>Routes that are made or replaced.</summary>
    public IReadOnlyList<RouteSpec>? Routes { get; init; }

    /// <summary>Names of routes that are removed.</summary>
    public IReadOnlyList<string>? RemoveRoutes { get; init; }

    /// <summary>The traffic policy in place of the present one; unset: it stays.</summary>
    public TrafficPolicySpec? Policy { get; init; }
}

/// <summary>A change begins to be rolled out. Stream <c>traffic/ns/service/rollout</c>, as of all that follow.</summary>
/// <param name="Rollout">All of it.</param>
public sealed record RolloutStarted(RolloutSpec Rollout) : IMeshEvent<RolloutStarted>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.rollout-started.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<RolloutStarted> JsonType => TrafficJson.Default.RolloutStarted;
}

/// <summary>A larger share gets it; its bake time begins again.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Id">Which rollout.</param>
/// <param name="Percent">The share.</param>
public sealed record RolloutAdvanced(string Namespace, string Service, string Id, int Percent) : IMeshEvent<RolloutAdvanced>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.rollout-advanced.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<RolloutAdvanced> JsonType => TrafficJson.Default.RolloutAdvanced;
}

/// <summary>It goes no further, since nobody can see how the share takes it. The share keeps what it has.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Id">Which rollout.</param>
/// <param name="Reason">What cannot be seen.</param>
public sealed record RolloutPaused(string Namespace, string Service, string Id, string Reason) : IMeshEvent<RolloutPaused>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.rollout-paused.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<RolloutPaused> JsonType => TrafficJson.Default.RolloutPaused;
}

/// <summary>It can be seen again; the bake time begins again.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Id">Which rollout.</param>
public sealed record RolloutResumed(string Namespace, string Service, string Id) : IMeshEvent<RolloutResumed>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.rollout-resumed.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<RolloutResumed> JsonType => TrafficJson.Default.RolloutResumed;
}

/// <summary>A client of the share has refused it. <see cref="RolloutEnded"/> follows at once.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Id">Which rollout.</param>
/// <param name="Node">The client.</param>
/// <param name="Reason">Its words.</param>
public sealed record RolloutHalted(string Namespace, string Service, string Id, string Node, string Reason) : IMeshEvent<RolloutHalted>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.rollout-halted.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<RolloutHalted> JsonType => TrafficJson.Default.RolloutHalted;
}

/// <summary>It is over: all clients get the same again.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Id">Which rollout.</param>
/// <param name="Outcome">
/// <c>completed</c> (the events of the change itself are in the same command), <c>rolled-back</c> or <c>aborted</c>.
/// </param>
public sealed record RolloutEnded(string Namespace, string Service, string Id, string Outcome) : IMeshEvent<RolloutEnded>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.rollout-ended.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<RolloutEnded> JsonType => TrafficJson.Default.RolloutEnded;
}
