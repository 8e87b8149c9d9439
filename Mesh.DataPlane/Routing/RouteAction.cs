using Mesh.DataPlane.Balancing;

namespace Mesh.DataPlane.Routing;

/// <summary>What becomes of a request that a route takes.</summary>
public abstract record RouteAction
{
    /// <summary>It goes to a cluster.</summary>
    /// <param name="Targets">The clusters with their shares.</param>
    public sealed record Forward(WeightedTargets Targets) : RouteAction
    {
        /// <summary>What the matched prefix becomes, or null to leave the path alone.</summary>
        public string? PrefixRewrite { get; init; }

        /// <summary>The <c>Host</c> to send, or null.</summary>
        public string? HostRewrite { get; init; }

        /// <summary>How long until the response has to have come, or null for no limit.</summary>
        public TimeSpan? Timeout { get; init; }
    }

    /// <summary>The client is sent elsewhere.</summary>
    /// <param name="Status">301, 302, 303, 307 or 308.</param>
    /// <param name="Scheme">Another scheme, or null for the request's.</param>
    /// <param name="Host">Another host, or null for the request's.</param>
    /// <param name="Port">Another port, or null for the request's.</param>
    /// <param name="Path">Another path, or null for the request's.</param>
    /// <param name="StripQuery">Whether the query is left out.</param>
    public sealed record Redirect(int Status, string? Scheme, string? Host, int? Port, string? Path, bool StripQuery) : RouteAction;

    /// <summary>The answer is given at once.</summary>
    /// <param name="Status">Its status.</param>
    /// <param name="Body">Its text.</param>
    public sealed record Respond(int Status, string Body) : RouteAction;
}

/// <summary>The clusters of a route with their shares, exact over a period like the endpoints of a cluster.</summary>
public sealed class WeightedTargets
{
    private readonly Turns? _turns;
    private long _turn;

    /// <summary>Targets with their weights, each at least 1.</summary>
    public WeightedTargets(IReadOnlyList<(string Cluster, uint Weight)> targets)
    {
        All = targets;
        if (targets.Count > 1)
            _turns = new Turns([.. targets.Select(t => t.Weight)]);
    }

    /// <summary>The clusters with their weights.</summary>
    public IReadOnlyList<(string Cluster, uint Weight)> All { get; }

    /// <summary>The cluster whose turn it is.</summary>
    public string Next() => All[_turns?.Next(ref _turn) ?? 0].Cluster;
}
