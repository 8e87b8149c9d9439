namespace Mesh.Contracts.Rest;

/// <summary>Answer of the control plane's <c>GET /api/v1/load</c>: what data planes reported recently.</summary>
public sealed record LoadListAnswer
{
    /// <summary>From when on, UTC; windows of 5 s that begin before it do not count.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>By name; the first 1,000 that had requests.</summary>
    public required IReadOnlyList<LoadAnswer> Items { get; init; }
}

/// <summary>The results of one cluster: a service or a subset of it.</summary>
public sealed record LoadAnswer
{
    /// <summary>Its name on the wire: <c>name</c> or <c>name.namespace</c>, with <c>@subset</c> for a subset.</summary>
    public required string Cluster { get; init; }

    /// <summary>Requests that were answered without a fault of the server's.</summary>
    public required long Succeeded { get; init; }

    /// <summary>Requests that failed.</summary>
    public required long Failed { get; init; }

    /// <summary>Share of failed requests, 0 to 1.</summary>
    public required double ErrorRate { get; init; }

    /// <summary>Mean time of a request in milliseconds, of those whose time is known; null where none is.</summary>
    public double? MeanMilliseconds { get; init; }
}
