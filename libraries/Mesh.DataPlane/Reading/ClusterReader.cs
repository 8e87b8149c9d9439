using Mesh.DataPlane.Balancing;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Upstreams = Mesh.Xds.Protos.Upstreams;

namespace Mesh.DataPlane.Reading;

/// <summary>Reads a cluster.</summary>
internal static class ClusterReader
{
    private const string HttpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    private static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(2);

    public static ClusterConfig Read(Cluster cluster, ResourceFaults faults)
    {
        var timeout = faults.Duration(cluster.ConnectTimeout, "connect_timeout") ?? DefaultConnectTimeout;
        if (timeout == TimeSpan.Zero)
            faults.Add("connect_timeout", "is 0: no connection could ever be made");

        var config = new ClusterConfig(cluster.Name, EndpointsName(cluster, faults), Protocol(cluster, faults),
            BalancingReader.Policy(cluster, faults), timeout)
        {
            Balancing = BalancingReader.Config(cluster, faults),
            Breakers = ResilienceReader.Breakers(cluster, faults),
            Outliers = ResilienceReader.Outliers(cluster, faults),
            Unresolved = MeshMetadata.IsUnresolved(cluster.Metadata),
            Security = TransportSecurityReader.Read(cluster, faults),
            Mtls = TransportSecurityReader.Mode(cluster, faults),
        };
        if (config.EndpointsName is not null || cluster.LoadAssignment is not { } own)
            return config;
        var assignment = EndpointsReader.Read(own, faults);
        return config with { OwnEndpoints = assignment.Endpoints, Assignment = assignment.Policy };
    }

    private static string? EndpointsName(Cluster cluster, ResourceFaults faults)
    {
        switch (cluster.Type)
        {
            case Cluster.Types.DiscoveryType.Eds:
                var name = cluster.EdsClusterConfig?.ServiceName ?? "";
                return name.Length == 0 ? cluster.Name : name;
            case Cluster.Types.DiscoveryType.Static:
                if (cluster.LoadAssignment is null)
                    faults.Add("load_assignment", "is missing in a static cluster");
                return null;
            default:
                faults.Add("type", $"{cluster.Type} is not supported: only EDS and STATIC are");
                return null;
        }
    }

    private static UpstreamProtocol Protocol(Cluster cluster, ResourceFaults faults)
    {
        if (UpstreamProtocols.Of(MeshMetadata.Read(cluster.Metadata, "protocol")) is { } told)
            return told;
        if (!cluster.TypedExtensionProtocolOptions.TryGetValue(HttpOptions, out var packed))
            return UpstreamProtocol.Http1;

        var options = faults.Unpack<Upstreams.HttpProtocolOptions>(packed, $"typed_extension_protocol_options['{HttpOptions}']");
        if (options?.UseDownstreamProtocolConfig is not null)
            return UpstreamProtocol.AsItComes;
        return options?.ExplicitHttpConfig?.Http2ProtocolOptions is not null ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1;
    }
}
