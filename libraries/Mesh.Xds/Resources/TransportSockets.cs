using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;

namespace Mesh.Xds.Resources;

/// <summary>
/// How connections to the endpoints of a cluster are made: mutual TLS with the client's own certificate, to a peer that has one of the
/// names given; or plaintext. Who the client is, its own machine knows: gRPC and the mesh's data plane take the certificate from the
/// provider instance <see cref="Provider"/> (gRFC A29), Envoy from files for SDS that an agent beside it keeps. No private key travels.
/// </summary>
public static class TransportSockets
{
    /// <summary>Name of the certificate provider instance, in the bootstrap of gRPC's clients.</summary>
    public const string Provider = "default";

    /// <summary>The folder, on each Envoy's machine, with the files for SDS.</summary>
    public const string AgentFolder = "/run/cdaprod-mesh";

    /// <summary>SDS name of the client's own certificate.</summary>
    public const string CertificateSecret = "default";

    /// <summary>SDS name of the roots to be trusted.</summary>
    public const string BundleSecret = "ROOTCA";

    /// <summary>The metadata of endpoints that transport socket matches look at.</summary>
    public const string MatchKey = "envoy.transport_socket_match";

    /// <summary>The label of an instance, and of its endpoint, that takes TLS of the mesh; its value is <c>true</c>.</summary>
    public const string TlsLabel = "mesh.tls";

    private const string Tls = "envoy.transport_sockets.tls", RawBuffer = "envoy.transport_sockets.raw_buffer";

    /// <summary>Has every connection of a cluster use mutual TLS.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="flavour">Whose cluster it is.</param>
    /// <param name="peers">The SPIFFE ids that an endpoint may have.</param>
    public static void Require(Cluster cluster, XdsFlavour flavour, params ReadOnlySpan<string> peers) =>
        cluster.TransportSocket = Mutual(flavour, peers);

    /// <summary>
    /// Has connections to endpoints with <see cref="TlsLabel"/> use mutual TLS, and those to others plaintext. gRPC's clients cannot choose
    /// by endpoint and are not served by this.
    /// </summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="flavour">Whose cluster it is.</param>
    /// <param name="peers">The SPIFFE ids that an endpoint may have.</param>
    public static void Offer(Cluster cluster, XdsFlavour flavour, params ReadOnlySpan<string> peers)
    {
        cluster.TransportSocketMatches.Add(new Cluster.Types.TransportSocketMatch
        {
            Name = "mtls",
            Match = new Struct { Fields = { [TlsLabel] = Value.ForString("true") } },
            TransportSocket = Mutual(flavour, peers),
        });
        cluster.TransportSocketMatches.Add(new Cluster.Types.TransportSocketMatch
        {
            Name = "plaintext",
            Match = new Struct(),
            TransportSocket = new TransportSocket { Name = RawBuffer, TypedConfig = CanonicalProtobuf.Pack(new RawBuffer()) },
        });
    }

    /// <summary>Marks an endpoint as one that takes TLS of the mesh.</summary>
    /// <param name="endpoint">The endpoint.</param>
    public static void Label(LbEndpoint endpoint) =>
        (endpoint.Metadata ??= new Metadata()).FilterMetadata[MatchKey] = new Struct { Fields = { [TlsLabel] = Value.ForString("true") } };

    private static TransportSocket Mutual(XdsFlavour flavour, ReadOnlySpan<string> peers)
    {
        var common = new CommonTlsContext();
        var validation = new CertificateValidationContext();
        if (flavour == XdsFlavour.Envoy)
        {
            common.TlsParams = new TlsParameters { TlsMinimumProtocolVersion = TlsParameters.Types.TlsProtocol.Tlsv12 };
            common.TlsCertificateSdsSecretConfigs.Add(FromAgent(CertificateSecret, "sds-certificate.json"));
            foreach (var peer in peers)
            {
                validation.MatchTypedSubjectAltNames.Add(new SubjectAltNameMatcher
                {
                    SanType = SubjectAltNameMatcher.Types.SanType.Uri, Matcher = new StringMatcher { Exact = peer },
                });
            }

            common.CombinedValidationContext = new CommonTlsContext.Types.CombinedCertificateValidationContext
            {
                DefaultValidationContext = validation, ValidationContextSdsSecretConfig = FromAgent(BundleSecret, "sds-bundle.json"),
            };
        }
        else
        {
            common.TlsCertificateProviderInstance = new CertificateProviderPluginInstance { InstanceName = Provider };
            validation.CaCertificateProviderInstance = new CertificateProviderPluginInstance { InstanceName = Provider };
            foreach (var peer in peers) validation.MatchSubjectAltNames.Add(new StringMatcher { Exact = peer });
            common.ValidationContext = validation;
        }

        var context = new UpstreamTlsContext { CommonTlsContext = common };
        // Else a connection could be made by a ticket after the certificate that it was given for has ended.
        if (flavour == XdsFlavour.Envoy) context.MaxSessionKeys = 0;
        return new TransportSocket { Name = Tls, TypedConfig = CanonicalProtobuf.Pack(context) };
    }

    private static SdsSecretConfig FromAgent(string name, string file) => new()
    {
        Name = name,
        SdsConfig = new ConfigSource
        {
            PathConfigSource = new PathConfigSource { Path = $"{AgentFolder}/{file}" }, ResourceApiVersion = ApiVersion.V3,
        },
    };
}
