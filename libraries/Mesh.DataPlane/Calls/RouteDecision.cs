using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Calls;

/// <summary>What a service's routes make of a request.</summary>
public enum RouteOutcome
{
    /// <summary>A route has taken it.</summary>
    Taken,

    /// <summary>The service does not speak HTTP.</summary>
    NotHttp,

    /// <summary>No route takes it.</summary>
    NoRoute,

    /// <summary>Which route takes it depends on who reads its path.</summary>
    Ambiguous,
}

/// <summary>Which route of a service has a request; the first thing that is decided of a call. Flow step 9.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Route">The route that has taken it, or null.</param>
/// <param name="OtherPath">Where it is ambiguous: the path that some servers read.</param>
public readonly record struct RouteDecision(RouteOutcome Outcome, RouteSnapshot? Route, string? OtherPath)
{
    /// <summary>Decides by a service's routes. Nothing is counted, and no turn is taken.</summary>
    public static RouteDecision Of(ListenerSnapshot listener, in RequestFacts request)
    {
        if (listener.Hosts is null)
            return new(RouteOutcome.NotHttp, null, null);
        if (listener.Route(request) is not { } route)
            return new(RouteOutcome.NoRoute, null, null);
        return listener.OtherReading(request, route) is { } other
            ? new(RouteOutcome.Ambiguous, null, other)
            : new(RouteOutcome.Taken, route, null);
    }
}
