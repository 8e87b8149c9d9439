using System.Collections.Immutable;
using System.Net;
using Mesh.Contracts.Discovery;
using Mesh.Kernel.Catalog;

namespace Mesh.Discovery.State;

/// <summary>One instance: what was registered, and what has been found out about it. Immutable.</summary>
public sealed record InstanceState
{
    private InstanceView? _view;

    /// <summary>An instance in a state of its own.</summary>
    public InstanceState()
    {
    }

    // The view belongs to one state; a copy makes its own.
    private InstanceState(InstanceState other)
    {
        Spec = other.Spec;
        Incarnation = other.Incarnation;
        Version = other.Version;
        FirstSequence = other.FirstSequence;
        Status = other.Status;
    }

    /// <summary>As registered.</summary>
    public required InstanceSpec Spec { get; init; }

    /// <summary>Stream version of the entry by which a registration last made or changed the instance.</summary>
    public required long Incarnation { get; init; }

    /// <summary>Stream version of its last registration entry, an operator's drain included: its ETag.</summary>
    public required long Version { get; init; }

    /// <summary>Sequence of the entry that first registered it.</summary>
    public required long FirstSequence { get; init; }

    /// <summary>Health and resolved addresses.</summary>
    public required InstanceStatus Status { get; init; }

    /// <summary>Id, unique in its service.</summary>
    public string Id => Spec.InstanceId;

    /// <summary>Whether new requests may be sent to it.</summary>
    public bool Routable => Spec.Mode == InstanceMode.Active && (Status.Health != HealthState.Critical || Status.Protected);

    /// <summary>The instance as other modules see it.</summary>
    public InstanceView View => _view ??= new InstanceView
    {
        Id = Spec.InstanceId,
        Address = Spec.Address,
        Port = Spec.Port,
        Protocol = Spec.Protocol,
        Version = Spec.Version,
        Zone = Spec.Zone,
        Weight = Spec.Weight,
        Health = Status.Health,
        Mode = Spec.Mode,
        Protected = Status.Protected,
        Addresses = IPAddress.TryParse(Spec.Address, out _) ? [Spec.Address] : Status.Addresses,
        Metadata = Spec.Metadata.IsEmpty
            ? ImmutableDictionary<string, string>.Empty
            : Spec.Metadata.ToImmutableDictionary(StringComparer.Ordinal),
    };

    /// <summary>
    /// The status before any verdict. Without a check an instance passes; with one it stays out of rotation until the first probe passes.
    /// </summary>
    public static InstanceStatus InitialStatus(InstanceSpec spec, DateTimeOffset time) => new()
    {
        InstanceId = spec.InstanceId,
        Health = spec.HealthCheck is null ? HealthState.Passing : HealthState.Critical,
        Probe = spec.HealthCheck is null ? HealthState.Passing : HealthState.Critical,
        Since = time,
        Detail = spec.HealthCheck is null ? "" : "not probed yet",
    };

    /// <summary>
    /// The status after a further registration: kept while the endpoint is the same, only without the part of a lease or check that is no
    /// more; another endpoint starts again. A check that is new to a known endpoint leaves it in rotation until a verdict.
    /// </summary>
    public static InstanceStatus CarryStatus(InstanceState before, InstanceSpec spec, DateTimeOffset time)
    {
        if (before.Spec.Port != spec.Port || before.Spec.Address != spec.Address) return InitialStatus(spec, time);
        var status = before.Status;
        var lease = spec.TtlSeconds == 0 ? HealthState.Passing : status.Lease;
        var probe = spec.HealthCheck is null ? HealthState.Passing : status.Probe;
        if (lease == status.Lease && probe == status.Probe) return status;
        var health = lease > probe ? lease : probe;
        return status with
        {
            Lease = lease, Probe = probe, Health = health, Since = time, Detail = "",
            FellAt = health == HealthState.Critical ? status.FellAt : null, Protected = status.Protected && health == HealthState.Critical,
        };
    }
}
