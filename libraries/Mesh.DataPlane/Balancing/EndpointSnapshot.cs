using Mesh.DataPlane.Loads;

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

/// <summary>
/// One endpoint of a cluster in one snapshot: what the control plane says of it, and the state that outlives the snapshot.
/// </summary>
public sealed class EndpointSnapshot(EndpointConfig config, UpstreamProtocol protocol, EndpointState state, UpstreamTls? tls = null)
{
    private static readonly LocalityTally Unreported = new ClusterTally("", null).Of("", 0);

    /// <summary>The endpoint as the control plane describes it.</summary>
    public EndpointConfig Config { get; } = config;

    /// <summary><c>http://host:port</c>, or <c>https://</c> where connections to it are TLS, without a slash at the end.</summary>
    public string BaseUri { get; } = tls is null ? $"http://{config.Address}" : $"https://{config.Address}";

    /// <summary>Mutual TLS with it, or null for plaintext.</summary>
    public UpstreamTls? Tls { get; } = tls;

    /// <summary>What it speaks.</summary>
    public UpstreamProtocol Protocol { get; } = config.Protocol ?? protocol;

    /// <summary>Its share among its cluster's endpoints, at least 1.</summary>
    public uint Weight => Config.Weight;

    /// <summary>Its counters.</summary>
    public EndpointState State { get; } = state;

    /// <summary>Counts requests to its locality for reports.</summary>
    public LocalityTally Tally { get; init; } = Unreported;
}
