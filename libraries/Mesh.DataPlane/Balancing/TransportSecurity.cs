namespace Mesh.DataPlane.Balancing;

/// <summary>To which endpoints of a cluster connections are mutual TLS.</summary>
public sealed class TransportSecurity
{
    private readonly UpstreamTls? _others;
    private readonly IReadOnlyList<TransportMatch> _matches;

    /// <summary>TLS by endpoint.</summary>
    /// <param name="matches">The first that an endpoint's labels fit decides.</param>
    /// <param name="others">TLS with those that none fits, or null for plaintext.</param>
    public TransportSecurity(IReadOnlyList<TransportMatch> matches, UpstreamTls? others) => (_matches, _others) = (matches, others);

    /// <summary>Plaintext.</summary>
    public static TransportSecurity None { get; } = new([], null);

    /// <summary>TLS with an endpoint; null for plaintext.</summary>
    public UpstreamTls? Of(EndpointConfig endpoint)
    {
        foreach (var match in _matches)
        {
            if (match.Fits(endpoint.TransportLabels))
                return match.Tls;
        }

        return _others;
    }
}

/// <summary>How endpoints with some labels are connected to.</summary>
/// <param name="Labels">What an endpoint must be labelled with; nothing fits every endpoint.</param>
/// <param name="Tls">TLS, or null for plaintext.</param>
public sealed record TransportMatch(IReadOnlyDictionary<string, string> Labels, UpstreamTls? Tls)
{
    internal bool Fits(IReadOnlyDictionary<string, string> labels) =>
        Labels.All(label => labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
