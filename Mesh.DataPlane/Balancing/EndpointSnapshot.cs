namespace Mesh.DataPlane.Balancing;

/// <summary>Health as the control plane tells it.</summary>
public enum EndpointHealth
{
    /// <summary>Nothing is known against it: it gets traffic.</summary>
    Unknown,

    /// <summary>It passes its checks: it gets traffic.</summary>
    Healthy,

    /// <summary>It works, but others are preferred.</summary>
    Degraded,

    /// <summary>It fails its checks: no traffic.</summary>
    Unhealthy,

    /// <summary>It is being taken out: no new requests.</summary>
    Draining,
}

/// <summary>One endpoint of a cluster in one snapshot: what the control plane says of it, and the state that outlives the snapshot.</summary>
/// <param name="BaseUri"><c>http://host:port</c>, without a slash at the end.</param>
/// <param name="HostName">The name requests should carry as <c>Host</c>, or null for the address.</param>
/// <param name="Weight">Its share among its cluster's endpoints, at least 1.</param>
/// <param name="Priority">0 is used first; a higher one only when no endpoint of a lower one is fit.</param>
/// <param name="Zone">Its locality, or null.</param>
/// <param name="Health">Its health as the control plane tells it.</param>
/// <param name="State">Its counters.</param>
public sealed record EndpointSnapshot(
    string BaseUri, string? HostName, uint Weight, uint Priority, string? Zone, EndpointHealth Health, EndpointState State);
