namespace Mesh.Contracts.Traffic;

/// <summary>A request whose way is asked for: body of the control plane's <c>POST /api/v1/traffic/explain</c>.</summary>
public sealed record ExplainRequest
{
    /// <summary>The service it is for, <c>name[.namespace]</c>.</summary>
    public required string To { get; init; }

    /// <summary>The service that calls, <c>name[.namespace]</c>; unset: one that no rule names.</summary>
    public string? From { get; init; }

    /// <summary>Namespace of both where their names say none. <value>default</value></summary>
    public string? Namespace { get; init; }

    /// <summary>The calling client's node id, for what only a share of clients gets; unset: a client outside of every share.</summary>
    public string? Node { get; init; }

    /// <summary><value>GET</value></summary>
    public string? Method { get; init; }

    /// <summary>Begins with a slash; a query may follow behind <c>?</c>. <value>/</value></summary>
    public string? Path { get; init; }

    /// <summary>The query without its question mark, in place of one in the path.</summary>
    public string? Query { get; init; }

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
}

/// <summary>Which way a request takes, and why: as a data plane of the mesh's own decides it.</summary>
public sealed record ExplainAnswer
{
    /// <summary>The log's sequence that was compiled.</summary>
    public required long Sequence { get; init; }

    /// <summary>Wire name of the service called.</summary>
    public required string To { get; init; }

    /// <summary>Wire name of the caller; null for one that no rule names.</summary>
    public string? From { get; init; }

    /// <summary>Whether the client belongs to the share that a rollout has reached; null where none is in progress.</summary>
    public bool? InShare { get; init; }

    /// <summary>Name of the route that takes the request; null where none does.</summary>
    public string? Route { get; init; }

    /// <summary>
    /// <c>forward</c>, <c>redirect</c>, <c>respond</c>, <c>not-http</c> (bytes pass through), <c>ambiguous-path</c> (refused) or
    /// <c>no-route</c>.
    /// </summary>
    public required string Action { get; init; }

    /// <summary>Every rule, in the order in which they are tried.</summary>
    public required IReadOnlyList<ExplainedRule> Rules { get; init; }

    /// <summary>Where it goes; several share by weight.</summary>
    public IReadOnlyList<ExplainedCluster> Clusters { get; init; } = [];

    /// <summary>The rest of what holds on the route.</summary>
    public ExplainedTreatment? Treatment { get; init; }

    /// <summary>What holds for all of the service's routes.</summary>
    public ExplainedService? Service { get; init; }

    /// <summary>
    /// What other kinds of clients that may call the service do otherwise with the route and the service's policies; null for nothing.
    /// </summary>
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>One rule's part.</summary>
/// <param name="Name">As data planes know it: the route's name, with its place where it has several alternatives.</param>
/// <param name="Result"><c>takes</c>, <c>misses</c>, <c>not-tried</c> (one before took the request) or <c>other-caller</c>.</param>
/// <param name="Why">Which conditions fail.</param>
public sealed record ExplainedRule(string Name, string Result, IReadOnlyList<string> Why);

/// <summary>A destination.</summary>
public sealed record ExplainedCluster
{
    /// <summary><c>service[.namespace][@subset]</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Share relative to the other destinations.</summary>
    public long Weight { get; init; } = 1;

    /// <summary>Nobody serves it: requests are answered with 503.</summary>
    public bool Unresolved { get; init; }

    /// <summary>How an endpoint is chosen.</summary>
    public string? Balancing { get; init; }

    /// <summary>The circuit breaker's limits, and when endpoints are ejected.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];

    /// <summary>All endpoints, also those that get nothing.</summary>
    public IReadOnlyList<ExplainedEndpoint> Endpoints { get; init; } = [];
}

/// <summary>An endpoint of a destination.</summary>
/// <param name="Address"><c>host:port</c>.</param>
/// <param name="Instance">Its instance's id.</param>
/// <param name="Version">Its version, if any.</param>
/// <param name="Zone">Its zone, if any.</param>
/// <param name="Health">As the control plane tells it.</param>
/// <param name="Weight">Its share.</param>
/// <param name="Priority">0 is used first.</param>
public sealed record ExplainedEndpoint(string Address, string? Instance, string? Version, string? Zone, string Health, long Weight,
    int Priority);

/// <summary>What happens to the request on the route, each in words; null or empty where nothing does.</summary>
public sealed record ExplainedTreatment
{
    /// <summary>Of the whole request.</summary>
    public string? Timeout { get; init; }

    /// <summary>When it is sent again.</summary>
    public string? Retry { get; init; }

    /// <summary>Faults that are put in.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>Who gets copies.</summary>
    public IReadOnlyList<string> Mirrors { get; init; } = [];

    /// <summary>What path and host become.</summary>
    public IReadOnlyList<string> Rewrites { get; init; } = [];

    /// <summary>What a hash is made of.</summary>
    public IReadOnlyList<string> Hash { get; init; } = [];

    /// <summary>What a redirect or a direct response answers.</summary>
    public string? Answer { get; init; }
}

/// <summary>What holds for all routes of the service.</summary>
/// <param name="RateLimit">In words; null without one.</param>
/// <param name="Fallback">The cluster that answers where the service cannot; null without one.</param>
public sealed record ExplainedService(string? RateLimit, string? Fallback);
