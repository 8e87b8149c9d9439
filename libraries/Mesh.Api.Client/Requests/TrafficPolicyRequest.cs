using Mesh.Contracts.Traffic;

namespace Mesh.Api.Client.Requests;

/// <summary>A traffic policy as it is asked for: what is null is not sent, so that the Registry's defaults are the only ones.</summary>
public sealed record TrafficPolicyRequest
{
    /// <summary>Named subsets of the instances.</summary>
    public IReadOnlyList<SubsetSpec>? Subsets { get; init; }

    /// <summary>How one instance is chosen.</summary>
    public LoadBalancingRequest? LoadBalancing { get; init; }
}

/// <summary>How one instance is chosen.</summary>
public sealed record LoadBalancingRequest
{
    /// <summary><c>round_robin</c>, <c>least_request</c>, <c>random</c>, <c>ring_hash</c> or <c>maglev</c>.</summary>
    public string? Policy { get; init; }

    /// <summary>Whether callers prefer instances of their own zone.</summary>
    public bool? ZoneAware { get; init; }

    /// <summary>Zones in the order in which they are used.</summary>
    public IReadOnlyList<string>? Failover { get; init; }

    /// <summary>How long a new instance takes to get its full share.</summary>
    public string? SlowStart { get; init; }

    /// <summary>With fewer healthy instances, in percent, ejections are ignored.</summary>
    public int? PanicThreshold { get; init; }
}
