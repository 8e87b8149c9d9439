using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;
using HttpProtocolOptions = Mesh.Xds.Protos.Upstreams.HttpProtocolOptions;

namespace Mesh.Xds.Resources;

/// <summary>Clusters, all fed by EDS over the same stream.</summary>
public static class ClusterBuilder
{
    private const string HttpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

    /// <summary>A cluster of a service (or of a subset of it).</summary>
    /// <param name="name">The cluster's name.</param>
    /// <param name="flavour">Envoy and the mesh's own data plane are told the protocol; gRPC's client knows it.</param>
    /// <param name="protocol">http, grpc or tcp.</param>
    public static Cluster Eds(string name, XdsFlavour flavour, string protocol)
    {
        var cluster = new Cluster
        {
            Name = name,
            Type = Cluster.Types.DiscoveryType.Eds,
            EdsClusterConfig = new Cluster.Types.EdsClusterConfig { EdsConfig = Ads(), ServiceName = name },
            ConnectTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)),
            LbPolicy = Cluster.Types.LbPolicy.RoundRobin,
        };
        if (flavour == XdsFlavour.Grpc)
        {
            // Whom it gets its configuration from, there it reports its load; the others report without being told so cluster by cluster.
            cluster.LrsServer = new ConfigSource
            {
                Self = new SelfConfigSource { TransportApiVersion = ApiVersion.V3 },
                ResourceApiVersion = ApiVersion.V3,
            };
            return cluster;
        }

        var (ns, service) = XdsNames.Parse(XdsNames.ServiceOf(name));
        cluster.Metadata = MeshMetadata.Of(("service", service), ("namespace", ns), ("protocol", protocol));
        Speak(cluster, protocol);
        return cluster;
    }

    /// <summary>A cluster that something refers to and nobody serves: requests to it fail at once, naming it.</summary>
    public static Cluster Unresolved(string name, XdsFlavour flavour)
    {
        var cluster = Eds(name, flavour, "");
        if (flavour != XdsFlavour.Grpc) cluster.Metadata.FilterMetadata[MeshMetadata.Key].Fields["unresolved"] = Value.ForBool(true);
        return cluster;
    }

    /// <summary>The application behind a sidecar, on the same machine.</summary>
    public static Cluster Local(string name, string address, int port) => new()
    {
        Name = name,
        Type = Cluster.Types.DiscoveryType.Static,
        ConnectTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)),
        LoadAssignment = new ClusterLoadAssignment
        {
            ClusterName = name,
            Endpoints =
            {
                new LocalityLbEndpoints
                {
                    LbEndpoints = { new LbEndpoint { Endpoint = new Endpoint { Address = ListenerBuilder.AddressOf(address, port) } } },
                },
            },
        },
        TypedExtensionProtocolOptions =
        {
            [HttpOptions] = CanonicalProtobuf.Pack(new HttpProtocolOptions
            {
                UseDownstreamProtocolConfig = new HttpProtocolOptions.Types.UseDownstreamHttpConfig
                {
                    Http2ProtocolOptions = new Http2ProtocolOptions(),
                },
            }),
        },
    };

    internal static ConfigSource Ads() => new() { Ads = new AggregatedConfigSource(), ResourceApiVersion = ApiVersion.V3 };

    private static void Speak(Cluster cluster, string protocol)
    {
        if (protocol is not ("grpc" or "http")) return;
        var explicitly = new HttpProtocolOptions.Types.ExplicitHttpConfig();
        if (protocol == "grpc") explicitly.Http2ProtocolOptions = new Http2ProtocolOptions();
        else explicitly.HttpProtocolOptions = new Http1ProtocolOptions();
        cluster.TypedExtensionProtocolOptions[
            HttpOptions] = CanonicalProtobuf.Pack(new HttpProtocolOptions { ExplicitHttpConfig = explicitly });
    }
}
