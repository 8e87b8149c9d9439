using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Routes;

/// <summary>
/// Takes a destination out of the service's route <c>default</c>, and the route with its last one (Flow step 2). What is not there is
/// unchanged.
/// </summary>
/// <param name="Key">The service.</param>
/// <param name="Destination">Which.</param>
public sealed record RemoveDestination(ServiceKey Key, Destination Destination) : ICommand<TrafficAnswer>
{
    /// <summary>Condition on the route's version.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => "traffic.remove-destination";

    /// <inheritdoc/>
    public JsonTypeInfo<TrafficAnswer> AnswerType => AnswerJson.Default.TrafficAnswer;

    /// <inheritdoc/>
    public string Stream => TrafficStreams.Route(Key, RouteChange.Default);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var present = state.Facts<TrafficState>().Find(Key)?.Routes.GetValueOrDefault(RouteChange.Default);
        if (Precondition?.Check(present?.Version, $"Route {RouteChange.Default} of {Key}") is { } unmet) return Decision.Rejected(unmet);
        if (present is null) return Decision.Unchanged(new TrafficAnswer { Route = RouteChange.Default });
        IReadOnlyList<DestinationSpec> there = present.Spec.Destinations ?? [];
        DestinationSpec[] left = [.. there.Where(destination => State.Destination.Of(destination, Key.Namespace) != Destination)];
        if (left.Length == there.Count) return Decision.Unchanged(RouteChange.Answer(state, present.Spec, present.Version));
        if (left.Length == 0) return RouteChange.Remove(state, present.Spec);
        return left.All(destination => destination.Weight == 0)
            ? Decision.Rejected(RefusalKind.Conflict, "destination", "no-weight",
                "The destinations left would all have weight 0. Give one of them a weight first, or remove the route "
                    + $"'{RouteChange.Default}'.")
            : RouteChange.Set(state, present.Spec with { Destinations = left });
    }
}
