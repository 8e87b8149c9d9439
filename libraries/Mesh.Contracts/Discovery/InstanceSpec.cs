using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Mesh.Contracts.Discovery;

/// <summary>An instance as registered: the intent part, no health. Immutable.</summary>
[JsonConverter(typeof(InstanceSpecConverter))]
public sealed record InstanceSpec
{
    /// <summary>Namespace of the service, a DNS label.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the service, a DNS label.</summary>
    public required string Service { get; init; }

    /// <summary>Unique in its service: 1 to 128 letters, digits, <c>.</c>, <c>_</c>, <c>-</c>.</summary>
    public required string InstanceId { get; init; }

    /// <summary>IP address (IPv6 without brackets) or host name, lower case.</summary>
    public required string Address { get; init; }

    /// <summary>1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary>http, grpc or tcp.</summary>
    public required MeshProtocol Protocol { get; init; }

    /// <summary>Such as <c>v1</c>; empty if unset.</summary>
    public string Version { get; init; } = "";

    /// <summary>Such as <c>z1</c>; empty if unset.</summary>
    public string Zone { get; init; } = "";

    /// <summary>1 to 65535, relative to the other instances; default 100.</summary>
    public int Weight { get; init; } = 100;

    /// <summary>Free labels, in ordinal order of their keys.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init => field = value ?? NoMetadata; } = NoMetadata;

    /// <summary>Lease in seconds; 0 for none.</summary>
    public int TtlSeconds { get; init; }

    /// <summary>Active probe; null for none.</summary>
    public HealthCheckSpec? HealthCheck { get; init; }

    /// <summary>
    /// Of an instance with a lease and no check: milliseconds as critical after which it is deregistered; 0 for never. With a check it is
    /// set there.
    /// </summary>
    public int DeregisterAfterCriticalMs { get; init; }

    /// <summary>Milliseconds as critical after which it is deregistered, by lease or check; 0 for never.</summary>
    public int LongestCriticalMs => HealthCheck?.DeregisterAfterCriticalMs ?? DeregisterAfterCriticalMs;

    /// <summary>What its operator wants of it; a registration never changes it.</summary>
    public InstanceMode Mode { get; init; }

    /// <summary>The empty metadata, in the order that all metadata has.</summary>
    public static ImmutableSortedDictionary<string, string> NoMetadata { get; } = ImmutableSortedDictionary.Create<string, string>(
        StringComparer.Ordinal);

    /// <summary>Whether both say the same, metadata compared by content.</summary>
    public bool Equals(InstanceSpec? other) =>
        ReferenceEquals(this, other) || (other is not null
            && Port == other.Port && Weight == other.Weight && Protocol == other.Protocol && TtlSeconds == other.TtlSeconds
            && Mode == other.Mode && DeregisterAfterCriticalMs == other.DeregisterAfterCriticalMs
            && InstanceId == other.InstanceId && Service == other.Service && Namespace == other.Namespace && Address == other.Address
            && Version == other.Version && Zone == other.Zone && HealthCheck == other.HealthCheck && SameMetadata(other));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Namespace, Service, InstanceId, Address, Port);

    private bool SameMetadata(InstanceSpec other)
    {
        if (ReferenceEquals(Metadata, other.Metadata)) return true;
        if (Metadata.Count != other.Metadata.Count) return false;
        foreach (var (key, value) in Metadata)
        {
            if (!other.Metadata.TryGetValue(key, out var there) || there != value) return false;
        }

        return true;
    }
}
