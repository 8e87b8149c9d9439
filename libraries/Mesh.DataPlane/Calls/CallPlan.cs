using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Calls;

/// <summary>
/// What is to be done with one request: the route that has taken it, and the cluster whose turn it is. Immutable. Flow step 9.
/// </summary>
/// <param name="Listener">The service it is for.</param>
/// <param name="Route">The route that has taken it.</param>
/// <param name="Target">The cluster it goes to.</param>
public readonly record struct CallPlan(ListenerSnapshot Listener, RouteSnapshot Route, WeightedTarget Target)
{
    /// <summary>Whether the cluster is the service's fallback, which is asked because the service could not answer.</summary>
    public bool IsFallback { get; private init; }

    /// <summary>What the route has done with it.</summary>
    public RouteAction.Forward Action => (RouteAction.Forward)Route.Action;

    /// <summary>The cluster's name.</summary>
    public string Cluster => Target.Cluster;

    /// <summary>When it is sent again. The route's repetitions are meant for the service itself.</summary>
    public RetryPolicy? Retry => IsFallback ? null : Action.Retry;

    /// <summary>The cluster that is asked where this one cannot answer, or null. A fallback has none of its own here.</summary>
    public string? Fallback => IsFallback || Listener.Fallback == Target.Cluster ? null : Listener.Fallback;

    /// <summary>The faults that are put into it, or null.</summary>
    public FaultPolicy? Fault => Target.Fault ?? Route.Fault;

    /// <summary>Whether the route or the service asks for more than that the request is forwarded.</summary>
    public bool HasPolicies =>
        Action is { Retry: not null } or { Mirrors.Count: > 0 } || Fault is not null || Listener.Fallback is not null;

    /// <summary>The service, and its fallback where that was asked, for those who read why neither has answered.</summary>
    public string Who => IsFallback ? $"{Listener.Name}' and its fallback '{Listener.Fallback}" : Listener.Name;

    /// <summary>Makes a plan for a request that a route has taken: the cluster whose turn it is has it.</summary>
    public static CallPlan Make(ListenerSnapshot listener, RouteSnapshot route, RouteAction.Forward action) =>
        new(listener, route, action.Targets.Next());

    /// <summary>The plan by which the fallback is asked.</summary>
    public CallPlan ForFallback() => this with { Target = new WeightedTarget(Fallback!, 1), IsFallback = true };
}
