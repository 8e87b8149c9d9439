using System.Text.Json.Serialization.Metadata;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Routes;

/// <summary>Removes a route (Flow step 2). What is not there is unchanged, not an error.</summary>
/// <param name="Key">The service.</param>
/// <param name="Route">The route's name.</param>
public sealed record RemoveRoute(ServiceKey Key, string Route) : ICommand<TrafficAnswer>
{
    /// <summary>Condition on the route's version.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => "traffic.remove-route";

    /// <inheritdoc/>
    public JsonTypeInfo<TrafficAnswer> AnswerType => AnswerJson.Default.TrafficAnswer;

    /// <inheritdoc/>
    public string Stream => TrafficStreams.Route(Key, Route);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var present = state.Facts<TrafficState>().Find(Key)?.Routes.GetValueOrDefault(Route);
        if (Precondition?.Check(present?.Version, $"Route {Route} of {Key}") is { } unmet) return Decision.Rejected(unmet);
        return present is null ? Decision.Unchanged(new TrafficAnswer { Route = Route }) : RouteChange.Remove(state, present.Spec);
    }
}
