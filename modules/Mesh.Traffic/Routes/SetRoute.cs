using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Routes;

/// <summary>Makes a route, or puts it in place of the one of that name (Flow step 2). Its destinations need not exist.</summary>
/// <param name="Route">Valid and in normal form.</param>
public sealed record SetRoute(RouteSpec Route) : ICommand<TrafficAnswer>
{
    /// <summary>Condition on the route's version.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => "traffic.set-route";

    /// <inheritdoc/>
    public JsonTypeInfo<TrafficAnswer> AnswerType => AnswerJson.Default.TrafficAnswer;

    /// <inheritdoc/>
    public string Stream => TrafficStreams.Route(new ServiceKey(Route.Namespace, Route.Service), Route.Name);

    /// <inheritdoc/>
    public string StreamsUnder => TrafficStreams.Routes(new ServiceKey(Route.Namespace, Route.Service));

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var key = new ServiceKey(Route.Namespace, Route.Service);
        var present = state.Facts<TrafficState>().Find(key)?.Routes.GetValueOrDefault(Route.Name);
        return Precondition?.Check(present?.Version, $"Route {Route.Name} of {key}") is { } unmet
            ? Decision.Rejected(unmet)
            : RouteChange.Set(state, Route);
    }
}
