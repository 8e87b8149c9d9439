using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Proxy.Support;

/// <summary>Clusters with mutual TLS as the control plane describes them to the mesh's data planes.</summary>
internal static class TlsClusters
{
    public static string IdOf(string service) => $"spiffe://cdaprod.mesh/ns/default/sa/{service}";

    /// <summary>Every endpoint takes mutual TLS, by the certificate of one service.</summary>
    public static Action<Cluster> Strict(string service) => cluster =>
    {
        TransportSockets.Require(cluster, XdsFlavour.Mesh, IdOf(service));
        cluster.Metadata.FilterMetadata[MeshMetadata.Key].Fields[MeshMetadata.Mtls] =
            Google.Protobuf.WellKnownTypes.Value.ForString("strict");
    };

    /// <summary>Endpoints with the label take mutual TLS.</summary>
    public static Action<Cluster> Permissive(string service) => cluster =>
    {
        TransportSockets.Offer(cluster, XdsFlavour.Mesh, IdOf(service));
        cluster.Metadata.FilterMetadata[MeshMetadata.Key].Fields[MeshMetadata.Mtls] =
            Google.Protobuf.WellKnownTypes.Value.ForString("permissive");
    };

    /// <summary>Endpoints of which some have the label.</summary>
    public static XdsResource Assignment(string service, params IReadOnlyList<(int Port, bool TakesTls)> endpoints) =>
        XdsResource.Of(LoadAssignmentBuilder.Of(service, XdsFlavour.Mesh, endpoints.Select(one =>
            new XdsEndpoint("127.0.0.1", one.Port, 1, "", $"{service}-{one.Port}", "", "http", false) { TakesTls = one.TakesTls })));
}
