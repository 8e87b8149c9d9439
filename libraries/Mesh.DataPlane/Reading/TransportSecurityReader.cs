using Google.Protobuf.WellKnownTypes;
using Mesh.Contracts.Security;
using Mesh.DataPlane.Balancing;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Reading;

/// <summary>
/// Reads to which endpoints of a cluster connections are TLS, and what its service's instances take. The certificate is always this data
/// plane's own; what is not understood is a fault, so that nothing is sent less protected than was meant.
/// </summary>
internal static class TransportSecurityReader
{
    private static readonly Dictionary<string, string> NoLabels = [];

    public static TransportSecurity Read(Cluster cluster, ResourceFaults faults)
    {
        if (cluster.TransportSocket is null && cluster.TransportSocketMatches.Count == 0)
            return TransportSecurity.None;
        var matches = new List<TransportMatch>();
        for (var i = 0; i < cluster.TransportSocketMatches.Count; i++)
        {
            var field = $"transport_socket_matches[{i}]";
            var match = cluster.TransportSocketMatches[i];
            matches.Add(new TransportMatch(Labels(match.Match, $"{field}.match", faults),
                Socket(match.TransportSocket, $"{field}.transport_socket", faults)));
        }

        return new TransportSecurity(matches, Socket(cluster.TransportSocket, "transport_socket", faults));
    }

    /// <summary>What its service's instances take.</summary>
    public static MtlsMode Mode(Cluster cluster, ResourceFaults faults)
    {
        switch (MeshMetadata.Read(cluster.Metadata, MeshMetadata.Mtls))
        {
            case "":
                return MtlsMode.Disable;
            case "permissive":
                return MtlsMode.Permissive;
            case "strict":
                return MtlsMode.Strict;
            case var other:
                faults.Add($"metadata.{MeshMetadata.Mtls}", $"'{other}' is neither permissive nor strict");
                return MtlsMode.Strict;
        }
    }

    /// <summary>The labels of an endpoint that transport socket matches look at.</summary>
    public static IReadOnlyDictionary<string, string> LabelsOf(LbEndpoint endpoint) =>
        endpoint.Metadata is { } metadata && metadata.FilterMetadata.TryGetValue(TransportSockets.MatchKey, out var labels)
            ? labels.Fields.Where(label => label.Value.KindCase == Value.KindOneofCase.StringValue)
                .ToDictionary(label => label.Key, label => label.Value.StringValue, StringComparer.Ordinal)
            : NoLabels;

    private static Dictionary<string, string> Labels(Struct? match, string field, ResourceFaults faults)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in match?.Fields ?? [])
        {
            if (value.KindCase != Value.KindOneofCase.StringValue)
                faults.Add($"{field}['{name}']", "is not a text");
            labels[name] = value.StringValue;
        }

        return labels;
    }

    private static UpstreamTls? Socket(TransportSocket? socket, string field, ResourceFaults faults)
    {
        if (socket is null)
            return null;
        field += ".typed_config";
        if (socket.TypedConfig?.Is(RawBuffer.Descriptor) == true)
            return null;
        if (faults.Unpack<UpstreamTlsContext>(socket.TypedConfig, field) is not { } tls)
            return null;
        var common = tls.CommonTlsContext;
        if (common is null || (common.TlsCertificateProviderInstance is null && common.TlsCertificateSdsSecretConfigs.Count == 0))
            faults.Add($"{field}.common_tls_context", "names no certificate of this data plane: neither by a provider instance nor by SDS");
        var peers = Peers(Validation(common), $"{field}.common_tls_context", faults);
        if (peers.Count > 0)
            return new UpstreamTls(peers);
        faults.Add($"{field}.common_tls_context", "names no identity that an endpoint may have, so anybody's certificate would do");
        return null;
    }

    private static CertificateValidationContext? Validation(CommonTlsContext? common) => common?.ValidationContextTypeCase switch
    {
        CommonTlsContext.ValidationContextTypeOneofCase.ValidationContext => common.ValidationContext,
        CommonTlsContext.ValidationContextTypeOneofCase.CombinedValidationContext =>
            common.CombinedValidationContext.DefaultValidationContext,
        _ => null,
    };

    private static List<string> Peers(CertificateValidationContext? validation, string field, ResourceFaults faults)
    {
        var peers = new List<string>();
        foreach (var typed in validation?.MatchTypedSubjectAltNames ?? [])
        {
            if (typed.SanType != SubjectAltNameMatcher.Types.SanType.Uri)
                faults.Add($"{field}.match_typed_subject_alt_names", $"{typed.SanType} is not supported: identities are URIs");
            Add(typed.Matcher);
        }

        // The typed ones take the place of the others, as in Envoy.
        if (validation?.MatchTypedSubjectAltNames.Count == 0)
        {
            foreach (var name in validation.MatchSubjectAltNames)
                Add(name);
        }

        return peers;

        void Add(StringMatcher? matcher)
        {
            if (matcher is { MatchPatternCase: StringMatcher.MatchPatternOneofCase.Exact, IgnoreCase: false, Exact.Length: > 0 })
                peers.Add(matcher.Exact);
            else
                faults.Add($"{field}.match_subject_alt_names", "has a matcher that is not 'exact'; others are not supported here");
        }
    }
}
