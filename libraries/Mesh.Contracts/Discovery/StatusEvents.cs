using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;

namespace Mesh.Contracts.Discovery;

/// <summary>An instance's status: what checks, lease and name resolution have found. Immutable.</summary>
public sealed record InstanceStatus
{
    /// <summary>Which instance.</summary>
    public required string InstanceId { get; init; }

    /// <summary>
    /// The verdict that counts: the worse of <see cref="Lease"/> and <see cref="Probe"/>, damped by <see cref="Flapping"/>.
    /// </summary>
    public required HealthState Health { get; init; }

    /// <summary>Passing while the lease runs (or none is asked for), critical once expired.</summary>
    public HealthState Lease { get; init; }

    /// <summary>What the active check says; critical until the first verdict of an instance that has a check.</summary>
    public HealthState Probe { get; init; }

    /// <summary>Whether a check or lease has ever spoken of this instance.</summary>
    public bool Reported { get; init; }

    /// <summary>When <see cref="Health"/> last changed, UTC.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>
    /// When it fell from passing or warning to critical, UTC; null while it is not critical, and for one that never was in rotation.
    /// </summary>
    public DateTimeOffset? FellAt { get; init; }

    /// <summary>Why, in a few words, such as <c>connection refused</c> or <c>lease expired</c>; empty if there is nothing to say.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Kept in rotation although critical.</summary>
    public bool Protected { get; init; }

    /// <summary>More than 4 transitions in 5 minutes; stays out of rotation for <see cref="HoldSeconds"/> after each fall.</summary>
    public bool Flapping { get; init; }

    /// <summary>
    /// How long a flapping instance stays critical after it last fell; 0 if it does not flap, else 10, doubled with each fall up to 300.
    /// </summary>
    public int HoldSeconds { get; init; }

    /// <summary>Times of the last transitions, oldest first, at most 5.</summary>
    public ImmutableArray<DateTimeOffset> Transitions { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>
    /// IP addresses that the instance's host name stands for, in ordinal order; empty for an IP or a name not resolved yet.
    /// </summary>
    public ImmutableArray<string> Addresses { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Whether both say the same, lists compared by content.</summary>
    public bool Equals(InstanceStatus? other) =>
        ReferenceEquals(this, other) || (other is not null
            && InstanceId == other.InstanceId && Health == other.Health && Lease == other.Lease && Probe == other.Probe
            && Reported == other.Reported
            && Since == other.Since && FellAt == other.FellAt && Detail == other.Detail && Protected == other.Protected
            && Flapping == other.Flapping
            && HoldSeconds == other.HoldSeconds && Transitions.AsSpan().SequenceEqual(other.Transitions.AsSpan())
            && Addresses.AsSpan().SequenceEqual(other.Addresses.AsSpan()));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(InstanceId, Health, Since);
}

/// <summary>
/// The health of instances has changed; one tick's transitions of a service are one entry. Stream <c>discovery/ns/service/status</c>.
/// </summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Instances">The whole status of each instance that changed.</param>
/// <param name="Full">
/// Whether <paramref name="Instances"/> restates the status of every instance, so that the payloads of older status entries may be dropped.
/// </param>
public sealed record InstanceHealthChanged(string Namespace, string Service, ImmutableArray<InstanceStatus> Instances, bool Full)
    : IMeshEvent<InstanceHealthChanged>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.discovery.instance-health-changed.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<InstanceHealthChanged> JsonType => DiscoveryJson.Default.InstanceHealthChanged;
}

/// <summary>What one instance's host name stands for.</summary>
/// <param name="InstanceId">Which instance.</param>
/// <param name="Host">The name that was looked up; passed over where the instance has another address by now.</param>
/// <param name="Addresses">IP addresses in ordinal order, at least one.</param>
public sealed record ResolvedAddress(string InstanceId, string Host, ImmutableArray<string> Addresses);

/// <summary>Host names of instances stand for other addresses than before. Same stream.</summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Instances">Those that changed.</param>
public sealed record AddressesResolved(string Namespace, string Service, ImmutableArray<ResolvedAddress> Instances)
    : IMeshEvent<AddressesResolved>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.discovery.addresses-resolved.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<AddressesResolved> JsonType => DiscoveryJson.Default.AddressesResolved;
}
