using System.Collections.Immutable;
using Mesh.Contracts.Discovery;

namespace Mesh.Kernel.Catalog;

/// <summary>
/// Facts about services, offered by the discovery module's state (<c>state.Facts&lt;IServiceCatalog&gt;()</c>) to every other module and to
/// the control plane. Immutable, like the state that it is part of.
/// </summary>
public interface IServiceCatalog
{
    /// <summary>All services, in no particular order; a service without instances is listed while it has settings of its own.</summary>
    IEnumerable<ServiceView> Services { get; }

    /// <summary>How many services there are, and instances of all of them.</summary>
    (int Services, int Instances) Size { get; }

    /// <summary>The service, or null.</summary>
    ServiceView? Find(ServiceKey key);

    /// <summary>The service that a log stream speaks of (<c>discovery/ns/name…</c>), or null if it is not discovery's.</summary>
    ServiceKey? KeyOf(string stream);
}

/// <summary>A service with its instances.</summary>
public sealed record ServiceView
{
    /// <summary>Namespace and name.</summary>
    public required ServiceKey Key { get; init; }

    /// <summary>Protocol of its instances; where they differ, that of the first registered one still there.</summary>
    public required MeshProtocol Protocol { get; init; }

    /// <summary>Instances ordered by id.</summary>
    public required ImmutableArray<InstanceView> Instances { get; init; }
}

/// <summary>One instance as data planes need it.</summary>
public sealed record InstanceView
{
    /// <summary>Id, unique in its service.</summary>
    public required string Id { get; init; }

    /// <summary>IP address or host name as registered.</summary>
    public required string Address { get; init; }

    /// <summary>1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary>http, grpc or tcp.</summary>
    public required MeshProtocol Protocol { get; init; }

    /// <summary>Such as <c>v1</c>; empty if unset.</summary>
    public string Version { get; init; } = "";

    /// <summary>Such as <c>z1</c>; empty if unset.</summary>
    public string Zone { get; init; } = "";

    /// <summary>1 to 65535, 100 if unset; relative to the other instances of the service.</summary>
    public int Weight { get; init; } = 100;

    /// <summary>Health as last recorded; passing without a check.</summary>
    public HealthState Health { get; init; } = HealthState.Passing;

    /// <summary>What its operator wants of it.</summary>
    public InstanceMode Mode { get; init; } = InstanceMode.Active;

    /// <summary>Kept in rotation although critical: empty-push protection holds the last set.</summary>
    public bool Protected { get; init; }

    /// <summary>
    /// IP addresses that a host name stands for; the address itself where it is an IP; empty for a name not resolved yet.
    /// </summary>
    public ImmutableArray<string> Addresses { get; init; } = [];

    /// <summary>Free labels.</summary>
    public ImmutableDictionary<string, string> Metadata { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Whether new requests may be sent to it: active, and passing, warning or protected.</summary>
    public bool Routable => Mode == InstanceMode.Active && (Health != HealthState.Critical || Protected);
}
