namespace Mesh.Contracts.Traffic;

/// <summary>
/// How a service's instances are chosen from. The body of <c>PUT /api/traffic/policies/{service}</c> and, in normal form, the payload of
/// <see cref="TrafficPolicySet"/>.
/// </summary>
public record TrafficPolicySpec
{
    /// <summary>Namespace of the service.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>Named subsets of its instances, besides those by version.</summary>
    public IReadOnlyList<SubsetSpec>? Subsets { get; init; }

    /// <summary>How one instance is chosen.</summary>
    public LoadBalancingSpec? LoadBalancing { get; init; }
}

/// <summary>A named part of a service's instances.</summary>
public sealed record SubsetSpec
{
    /// <summary>Letters, digits, <c>.</c>, <c>_</c>, <c>+</c>, <c>-</c>, up to 63; hides a version of the same name.</summary>
    public required string Name { get; init; }

    /// <summary>Metadata that an instance must have, all of it.</summary>
    public required IReadOnlyDictionary<string, string> Selector { get; init; }
}

/// <summary>How one instance is chosen.</summary>
public sealed record LoadBalancingSpec
{
    /// <summary><c>round_robin</c> (if unset), <c>least_request</c>, <c>random</c>, <c>ring_hash</c> or <c>maglev</c>.</summary>
    public string Policy { get; init; } = "round_robin";

    /// <summary>Whether callers prefer instances of their own zone.</summary>
    public bool? ZoneAware { get; init; }

    /// <summary>
    /// Zones in the order in which they are used: the next when the ones before do not suffice; zones that are not named come last.
    /// </summary>
    public IReadOnlyList<string>? Failover { get; init; }

    /// <summary>How long a new instance takes to get its full share; round_robin and least_request only.</summary>
    public string? SlowStart { get; init; }

    /// <summary>With fewer healthy instances than this, in percent, health is not looked at any more; 50 if unset, 0 for never.</summary>
    public int? PanicThreshold { get; init; }
}
