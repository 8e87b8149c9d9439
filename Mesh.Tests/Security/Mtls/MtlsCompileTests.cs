using Mesh.Contracts.Security;
using Mesh.Discovery.Deregister;
using Mesh.Security.Mtls;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Xds.Validation;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Security.Mtls;

public class MtlsCompileTests
{
    private const string ShopId = "spiffe://cdaprod.mesh/ns/default/sa/shop";
    private readonly MtlsLog _log = new();

    public MtlsCompileTests()
    {
        _log.Register("""{"name":"shop","url":"http://10.0.0.1:80","version":"v1","metadata":{"mesh.tls":"true"}}""");
        _log.Register("""{"name":"shop","url":"http://10.0.0.2:80","version":"v2","metadata":{"mesh.tls":"false"}}""");
        _log.Register("""{"name":"other","url":"http://10.0.0.3:80"}""");
        _log.Register("""{"name":"far","namespace":"prod","url":"grpc://10.0.0.4:80"}""");
        _log.Route("""{"service":"other","name":"split","destinations":[{"service":"shop","subset":"v2"}]}""");
        _log.Compile(reset: true);
    }

    private string Version(XdsFlavour flavour, string cluster) => _log.Snapshot[flavour].Find(XdsTypes.Cluster, cluster)!.Version;

    private Dictionary<string, string> Versions() => (
        from flavour in Enum.GetValues<XdsFlavour>()
        from type in XdsTypes.OfServices
        from name in _log.Snapshot[flavour].Names(type)
        select (Key: $"{flavour} {type} {name}", _log.Snapshot[flavour].Find(type, name)!.Version)).ToDictionary();

    private static UpstreamTlsContext ContextOf(TransportSocket socket)
    {
        Assert.Equal("envoy.transport_sockets.tls", socket.Name);
        return socket.TypedConfig.Unpack<UpstreamTlsContext>();
    }

    private static string PeerOf(XdsFlavour flavour, TransportSocket socket)
    {
        var common = ContextOf(socket).CommonTlsContext;
        return flavour == XdsFlavour.Envoy
            ? Assert.Single(common.CombinedValidationContext.DefaultValidationContext.MatchTypedSubjectAltNames).Matcher.Exact
            : Assert.Single(common.ValidationContext.MatchSubjectAltNames).Exact;
    }

    [Theory]
    [InlineData(XdsFlavour.Grpc, "")]
    [InlineData(XdsFlavour.Envoy, "strict")]
    [InlineData(XdsFlavour.Mesh, "strict")]
    public void Strict_requires_mutual_TLS_on_all_clusters_of_the_service_and_on_no_other(XdsFlavour flavour, string said)
    {
        _log.Set("shop", MtlsMode.Strict);
        _log.Compile();
        Assert.Equal((1, 0), _log.Compiler.LastWork);
        foreach (var name in new[] { "shop", "shop@v2" })
        {
            var cluster = _log.Cluster(flavour, name);
            Assert.Equal(ShopId, PeerOf(flavour, cluster.TransportSocket));
            Assert.Empty(cluster.TransportSocketMatches);
            Assert.Equal(said, MeshMetadata.Read(cluster.Metadata, MeshMetadata.Mtls));
        }

        Assert.Null(_log.Cluster(flavour, "other").TransportSocket);
    }

    [Theory]
    [InlineData(XdsFlavour.Envoy)]
    [InlineData(XdsFlavour.Mesh)]
    public void Permissive_offers_it_to_endpoints_that_take_it(XdsFlavour flavour)
    {
        _log.Set("shop", MtlsMode.Permissive);
        _log.Compile();
        var cluster = _log.Cluster(flavour, "shop");
        Assert.Null(cluster.TransportSocket);
        Assert.Equal("permissive", MeshMetadata.Read(cluster.Metadata, MeshMetadata.Mtls));
        var (offered, plain) = (cluster.TransportSocketMatches[0], cluster.TransportSocketMatches[1]);
        Assert.Equal(("true", ShopId), (offered.Match.Fields[TransportSockets.TlsLabel].StringValue,
            PeerOf(flavour, offered.TransportSocket)));
        Assert.Empty(plain.Match.Fields);

        var assignment = ClusterLoadAssignment.Parser.ParseFrom(
            _log.Snapshot[flavour].Find(XdsTypes.ClusterLoadAssignment, "shop")!.Packed.Value);
        var labels = assignment.Endpoints.SelectMany(locality => locality.LbEndpoints).ToDictionary(
            endpoint => endpoint.Endpoint.Address.SocketAddress.Address,
            endpoint => endpoint.Metadata.FilterMetadata.ContainsKey(TransportSockets.MatchKey));
        Assert.Equal((true, false), (labels["10.0.0.1"], labels["10.0.0.2"]));
    }

    [Fact]
    public void Permissive_leaves_what_gRPC_gets_as_it_was()
    {
        var before = Version(XdsFlavour.Grpc, "shop");
        _log.Set("shop", MtlsMode.Permissive);
        _log.Compile();
        Assert.Equal(before, Version(XdsFlavour.Grpc, "shop"));
    }

    [Fact]
    public void A_mode_that_is_disabled_or_removed_leaves_the_bytes_as_they_were()
    {
        var before = Versions();
        foreach (var mode in new[] { MtlsMode.Strict, MtlsMode.Permissive })
        {
            _log.Set("shop", mode);
            _log.Compile();
            Assert.NotEqual(before, Versions());
            _log.Set("shop", MtlsMode.Disable);
            _log.Compile();
            Assert.Equal(before, Versions());
            _log.Set("shop", mode);
            _log.Compile();
            _log.Remove("shop");
            _log.Compile();
            Assert.Equal(before, Versions());
        }
    }

    [Fact]
    public void A_mode_set_back_and_forth_in_one_go_compiles_nothing_whole()
    {
        _log.Set("shop", MtlsMode.Strict);
        _log.Compile();
        _log.Set("shop", MtlsMode.Permissive);
        _log.Set("shop", MtlsMode.Strict);
        _log.Compile();
        Assert.Equal((0, 1), _log.Compiler.LastWork);
    }

    [Fact]
    public void The_default_of_a_namespace_compiles_its_services_without_a_mode_of_their_own()
    {
        _log.Set("shop", MtlsMode.Disable);
        _log.Compile();
        var (shop, far) = (Version(XdsFlavour.Mesh, "shop"), Version(XdsFlavour.Mesh, "far.prod"));
        _log.Set(null, MtlsMode.Strict);
        _log.Compile();
        Assert.Equal((1, 1), _log.Compiler.LastWork);
        Assert.Equal((shop, far), (Version(XdsFlavour.Mesh, "shop"), Version(XdsFlavour.Mesh, "far.prod")));
        Assert.Equal("spiffe://cdaprod.mesh/ns/default/sa/other",
            PeerOf(XdsFlavour.Mesh, _log.Cluster(XdsFlavour.Mesh, "other").TransportSocket));
        _log.Set(null, MtlsMode.Permissive);
        _log.Compile();
        Assert.Equal("permissive", MeshMetadata.Read(_log.Cluster(XdsFlavour.Envoy, "other").Metadata, MeshMetadata.Mtls));
        _log.Remove(null);
        _log.Compile();
        Assert.Null(_log.Cluster(XdsFlavour.Mesh, "other").TransportSocket);
    }

    [Fact]
    public void A_service_that_comes_into_a_namespace_has_its_default_and_one_that_goes_leaves_nothing()
    {
        _log.Set(null, MtlsMode.Strict, "prod");
        _log.Compile();
        Assert.NotNull(_log.Cluster(XdsFlavour.Grpc, "far.prod").TransportSocket);
        _log.Register("""{"name":"late","namespace":"prod","instanceId":"one","url":"http://10.0.0.5:80"}""");
        _log.Compile();
        Assert.Equal("spiffe://cdaprod.mesh/ns/prod/sa/late",
            PeerOf(XdsFlavour.Grpc, _log.Cluster(XdsFlavour.Grpc, "late.prod").TransportSocket));
        _log.Send(new DeregisterInstances(new("prod", "late"), null));
        _log.Compile();
        Assert.Null(_log.Snapshot[XdsFlavour.Grpc].Find(XdsTypes.Cluster, "late.prod"));
    }

    [Fact]
    public void What_gRPCs_own_clients_make_of_a_mode_is_said_where_they_may_call()
    {
        string[] Gaps(string service, string space) => [.. new MtlsGaps().Of(_log.State, new(space, service), null)];
        _log.Set("shop", MtlsMode.Strict);
        Assert.Empty(Gaps("shop", "default"));
        Assert.Empty(Gaps("far", "prod"));
        _log.Set(null, MtlsMode.Permissive, "prod");
        Assert.Contains("in plaintext", Assert.Single(Gaps("far", "prod")));
        _log.Set("far", MtlsMode.Strict, "prod");
        Assert.Contains("certificate provider 'default'", Assert.Single(Gaps("far", "prod")));
    }

    [Fact]
    public void What_modes_compile_to_keeps_the_rules_of_Envoys_protos()
    {
        _log.Set("shop", MtlsMode.Strict);
        _log.Set(null, MtlsMode.Permissive);
        _log.Set(null, MtlsMode.Strict, "prod");
        // The mesh's own data planes get peers in the same field as gRPC's clients, which Envoy has deprecated.
        EnvoyValidationTests.AssertNone([.. EnvoyValidationTests.Faults(_log.Compile()).Where(fault =>
            !fault.StartsWith("Mesh ", StringComparison.Ordinal) || !fault.Contains(".match_subject_alt_names: Envoy has deprecated"))]);
    }
}
