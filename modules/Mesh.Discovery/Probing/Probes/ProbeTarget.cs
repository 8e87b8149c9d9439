using System.Collections.Immutable;
using System.Net;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Xds.Resources;

namespace Mesh.Discovery.Probing.Probes;

/// <summary>What is probed, and how.</summary>
public sealed record ProbeTarget
{
    /// <summary>The service.</summary>
    public required ServiceKey Service { get; init; }

    /// <summary>The instance in it.</summary>
    public required string InstanceId { get; init; }

    /// <summary>Its incarnation; a verdict counts for this one only.</summary>
    public required long Incarnation { get; init; }

    /// <summary>IP address or host name as registered: what a probe says in its Host header.</summary>
    public required string Host { get; init; }

    /// <summary>1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary>Where to connect, tried in turn; empty for a host name that has not been resolved yet.</summary>
    public required ImmutableArray<IPAddress> Addresses { get; init; }

    /// <summary>Kind, path, interval, timeout, thresholds.</summary>
    public required HealthCheckSpec Check { get; init; }

    /// <summary>Whether the instance carries the label that says that it takes TLS of the mesh.</summary>
    public bool TakesTls { get; init; }

    /// <summary>Whom it must show itself to be; null for a probe in plaintext.</summary>
    public InstancePeer? Peer { get; init; }

    /// <summary>Of its URL.</summary>
    public string Scheme => Peer is null ? "http" : "https";

    /// <summary>Host and port as they stand in a URL.</summary>
    public string Authority => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>
    /// The target of an instance; null where there is nothing to probe: no check, maintenance, or a host name that has not been resolved
    /// yet (a newcomer's first probe decides, so it must be a fair one).
    /// </summary>
    public static ProbeTarget? Of(ServiceKey service, InstanceState instance)
    {
        if (instance.Spec is not { HealthCheck: { } check, Mode: not InstanceMode.Maintenance } spec) return null;
        ImmutableArray<IPAddress> addresses = IPAddress.TryParse(spec.Address, out var address)
            ? [address]
            : [.. instance.Status.Addresses.Select(text => IPAddress.TryParse(text, out var found) ? found : null).OfType<IPAddress>()];
        return addresses.IsEmpty ? null : new ProbeTarget
        {
            Service = service,
            InstanceId = spec.InstanceId,
            Incarnation = instance.Incarnation,
            Host = spec.Address,
            Port = spec.Port,
            Addresses = addresses,
            Check = check,
            TakesTls = spec.Metadata.GetValueOrDefault(TransportSockets.TlsLabel) == "true",
        };
    }

    /// <summary>Whether what was counted on the other target counts for this one: same endpoint, same question.</summary>
    public bool Continues(ProbeTarget other) =>
        Host == other.Host && Port == other.Port && Check.Kind == other.Check.Kind && Check.Path == other.Check.Path;
}
