using Mesh.DataPlane.Requests;
using Mesh.DataPlane.Resilience;

namespace Mesh.DataPlane.Routing;

/// <summary>The door of one service: everything that may be sent to it is routed by this.</summary>
/// <param name="Name"><c>name</c> in namespace <c>default</c>, else <c>name.namespace</c>.</param>
/// <param name="Hosts">Its routes by domain, or null for a service that does not speak HTTP.</param>
public sealed record ListenerSnapshot(string Name, VirtualHostTable? Hosts)
{
    /// <summary>The clusters its routes name, each once.</summary>
    public IReadOnlyCollection<string> Clusters { get; init; } = [];

    /// <summary>The tokens of a limit that all data planes share, or null.</summary>
    public SharedTokens? Shared { get; init; }

    /// <summary>The cluster that answers where those that its routes lead to cannot, or null.</summary>
    public string? Fallback { get; init; }

    /// <summary>The cluster to which the bytes of a service go that does not speak HTTP, or null.</summary>
    public string? TcpCluster => Hosts is null ? Clusters.FirstOrDefault() : null;

    /// <summary>The route of a request sent to this service under its own name, or null.</summary>
    public RouteSnapshot? Route(in RequestFacts request) => Hosts?.Find(Name)?.Route(request);

    /// <summary>
    /// The other path that a tolerant server would make of the request's (<see cref="PathReading"/>), if that one is not the same route's:
    /// then what is decided depends on who reads it. Null where all agree.
    /// </summary>
    public string? OtherReading(in RequestFacts request, RouteSnapshot route) =>
        PathReading.Tolerant(request.Path) is { } other
        && !ReferenceEquals(Route(new RequestFacts(request.Method, other, request.Query, request.Headers)), route) ? other : null;
}
