using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Routes;

/// <summary>
/// Puts destinations beside those of the service's route <c>default</c>, which is made if it is not there (Flow step 2). A destination that
/// is there already gets the new weight.
/// </summary>
/// <param name="Key">The service.</param>
/// <param name="Destinations">In normal form.</param>
public sealed record AddDestination(ServiceKey Key, ImmutableArray<DestinationSpec> Destinations) : ICommand<TrafficAnswer>
{
    /// <summary>Condition on the route's version.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => "traffic.add-destination";

    /// <inheritdoc/>
    public JsonTypeInfo<TrafficAnswer> AnswerType => AnswerJson.Default.TrafficAnswer;

    /// <inheritdoc/>
    public string Stream => TrafficStreams.Route(Key, RouteChange.Default);

    /// <inheritdoc/>
    public string StreamsUnder => TrafficStreams.Routes(Key);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var present = state.Facts<TrafficState>().Find(Key)?.Routes.GetValueOrDefault(RouteChange.Default);
        if (Precondition?.Check(present?.Version, $"Route {RouteChange.Default} of {Key}") is { } unmet) return Decision.Rejected(unmet);
        var route = present?.Spec ?? new RouteSpec { Namespace = Key.Namespace, Service = Key.Name };
        if (route.Redirect is not null || route.DirectResponse is not null)
            return Decision.Rejected(RefusalKind.Conflict, "destinations", "conflict",
                $"Route '{RouteChange.Default}' of {Key} has a fixed response and no destinations. Set it again with its name, or "
                    + "remove it first.");

        var destinations = new SortedDictionary<string, DestinationSpec>(StringComparer.Ordinal);
        foreach (var destination in (route.Destinations ?? []).Concat(Destinations))
            destinations[Destination.Of(destination, Key.Namespace).Cluster] = destination;
        if (destinations.Count > TrafficLimits.Destinations)
            return Decision.Rejected(RefusalKind.Invalid, "destinations", "too-many",
                $"Route '{RouteChange.Default}' of {Key} would have {destinations.Count} destinations; at most "
                    + $"{TrafficLimits.Destinations} are allowed.");
        return destinations.Values.All(destination => destination.Weight == 0)
            ? Decision.Rejected(RefusalKind.Invalid, "destinations", "no-weight",
                $"All destinations of route '{RouteChange.Default}' of {Key} would have weight 0. Give another one a weight first, or "
                    + "remove this one.")
            : RouteChange.Set(state, route with { Destinations = [.. destinations.Values] });
    }
}
