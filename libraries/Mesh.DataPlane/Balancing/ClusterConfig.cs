using Mesh.Contracts.Security;
using Mesh.DataPlane.Resilience;

namespace Mesh.DataPlane.Balancing;

/// <summary>A cluster as the control plane describes it, without its endpoints.</summary>
/// <param name="Name"><c>name</c> or <c>name.namespace</c>, with <c>@subset</c> for a subset.</param>
/// <param name="EndpointsName">Under which name its endpoints come (EDS), or null when they stand in the cluster itself.</param>
/// <param name="Protocol">What the endpoints speak.</param>
/// <param name="Policy">How requests are spread.</param>
/// <param name="ConnectTimeout">How long a connection may take to come about.</param>
public sealed record ClusterConfig(
    string Name, string? EndpointsName, UpstreamProtocol Protocol, BalancingPolicy Policy, TimeSpan ConnectTimeout)
{
    /// <summary>The finer points of how requests are spread.</summary>
    public BalancingConfig Balancing { get; init; } = BalancingConfig.Default;

    /// <summary>How much may be in progress at once, or null for as much as comes.</summary>
    public CircuitBreakerConfig? Breakers { get; init; }

    /// <summary>When endpoints are ejected for their answers, or null for never.</summary>
    public OutlierConfig? Outliers { get; init; }

    /// <summary>To which endpoints connections are TLS.</summary>
    public TransportSecurity Security { get; init; } = TransportSecurity.None;

    /// <summary>Whose connections the instances take; for the sidecar of one.</summary>
    public MtlsMode Mtls { get; init; }

    /// <summary>Whether something refers to it and nobody serves it.</summary>
    public bool Unresolved { get; init; }

    /// <summary>What came with its endpoints beside themselves.</summary>
    public AssignmentPolicy Assignment { get; init; } = AssignmentPolicy.Default;

    /// <summary>The endpoints that stand in the cluster itself.</summary>
    public IReadOnlyList<EndpointConfig> OwnEndpoints { get; init; } = [];
}

/// <summary>One endpoint as the control plane describes it.</summary>
/// <param name="Address"><c>host:port</c>, IPv6 hosts in brackets.</param>
/// <param name="HostName">The name requests should carry, or null.</param>
/// <param name="Weight">Its share, at least 1.</param>
/// <param name="Priority">0 is used first.</param>
/// <param name="Zone">Its locality, or null.</param>
/// <param name="Health">Its health.</param>
public sealed record EndpointConfig(string Address, string? HostName, uint Weight, uint Priority, string? Zone, EndpointHealth Health)
{
    /// <summary>The instance's id, or empty.</summary>
    public string Instance { get; init; } = "";

    /// <summary>The instance's version, or empty.</summary>
    public string Version { get; init; } = "";

    /// <summary>Its locality's name; endpoints of one priority with the same name share its weight.</summary>
    public string Locality { get; init; } = "";

    /// <summary>Its locality's weight, at least 1.</summary>
    public uint LocalityWeight { get; init; } = 1;

    /// <summary>What this endpoint speaks, or null for what its cluster speaks.</summary>
    public UpstreamProtocol? Protocol { get; init; }

    /// <summary>By which it is decided whether connections to it are TLS.</summary>
    public IReadOnlyDictionary<string, string> TransportLabels { get; init; } = NoLabels;

    private static IReadOnlyDictionary<string, string> NoLabels { get; } = new Dictionary<string, string>();
}
