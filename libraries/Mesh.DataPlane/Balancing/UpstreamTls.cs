namespace Mesh.DataPlane.Balancing;

/// <summary>Mutual TLS with endpoints of a cluster, by this data plane's own certificate. Equal where the same peers may answer.</summary>
public sealed class UpstreamTls : IEquatable<UpstreamTls>
{
    private readonly string[] _peers;

    /// <summary>TLS with a peer that has one of these identities.</summary>
    /// <param name="peers">SPIFFE ids, at least one.</param>
    /// <exception cref="ArgumentException">There is none: then anybody's certificate would do.</exception>
    public UpstreamTls(IEnumerable<string> peers)
    {
        _peers = [.. peers.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (_peers.Length == 0)
            throw new ArgumentException("There is no identity that an endpoint may have.", nameof(peers));
    }

    /// <summary>The SPIFFE ids that an endpoint may have.</summary>
    public IReadOnlyList<string> Peers => _peers;

    /// <summary>Whether an endpoint with this SPIFFE id is one of the service.</summary>
    public bool Allows(string spiffeId) => _peers.Contains(spiffeId, StringComparer.Ordinal);

    /// <inheritdoc/>
    public bool Equals(UpstreamTls? other) => other is not null && _peers.AsSpan().SequenceEqual(other._peers);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as UpstreamTls);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(_peers[0], StringComparison.Ordinal);
}
