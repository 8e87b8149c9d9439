using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;

namespace Mesh.Contracts.Traffic;

/// <summary>
/// A canary has been started; its first step is in force. Stream <c>traffic/ns/service/delivery</c>. The weights of each step are a
/// <see cref="RouteSet"/> of the same command.
/// </summary>
/// <param name="Canary">All of it, with all fields set.</param>
public sealed record CanaryStarted(CanarySpec Canary) : IMeshEvent<CanaryStarted>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.canary-started.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<CanaryStarted> JsonType => TrafficJson.Default.CanaryStarted;
}

/// <summary>A further step of a canary is in force. Same stream.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Step">Which, from 1.</param>
/// <param name="Weight">The canary's share in percent.</param>
/// <param name="Reason">Why.</param>
/// <param name="Observed">What was seen in the step before; null where somebody promoted it by hand.</param>
public sealed record CanaryAdvanced(string Namespace, string Service, int Step, int Weight, string? Reason, CanaryObservation? Observed)
    : IMeshEvent<CanaryAdvanced>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.canary-advanced.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<CanaryAdvanced> JsonType => TrafficJson.Default.CanaryAdvanced;
}

/// <summary>A canary has become what serves all requests. Same stream.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Reason">Why.</param>
/// <param name="Observed">What was seen in its last step; null where somebody promoted it by hand.</param>
public sealed record CanaryCompleted(string Namespace, string Service, string? Reason, CanaryObservation? Observed)
    : IMeshEvent<CanaryCompleted>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.canary-completed.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<CanaryCompleted> JsonType => TrafficJson.Default.CanaryCompleted;
}

/// <summary>A canary has been taken back: all requests go to the stable one again. Same stream.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Reason">Why.</param>
/// <param name="Observed">What was seen in its last step; null where somebody aborted it by hand.</param>
public sealed record CanaryAborted(string Namespace, string Service, string? Reason, CanaryObservation? Observed)
    : IMeshEvent<CanaryAborted>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.canary-aborted.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<CanaryAborted> JsonType => TrafficJson.Default.CanaryAborted;
}

/// <summary>
/// All requests of a route have been sent elsewhere at once. Same stream; the route's <see cref="RouteSet"/> is of the same command.
/// </summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Route">The route.</param>
/// <param name="To">Where they go now, as <c>service[.namespace][@subset]</c>.</param>
/// <param name="Before">The destinations that the route had; null where there was no such route.</param>
public sealed record BlueGreenSwitched(string Namespace, string Service, string Route, string To, IReadOnlyList<DestinationSpec>? Before)
    : IMeshEvent<BlueGreenSwitched>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.blue-green-switched.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<BlueGreenSwitched> JsonType => TrafficJson.Default.BlueGreenSwitched;
}

/// <summary>The last switch has been taken back: the route leads where it led before. Same stream.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
public sealed record BlueGreenRolledBack(string Namespace, string Service) : IMeshEvent<BlueGreenRolledBack>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.traffic.blue-green-rolled-back.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<BlueGreenRolledBack> JsonType => TrafficJson.Default.BlueGreenRolledBack;
}
