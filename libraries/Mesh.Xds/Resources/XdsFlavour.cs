namespace Mesh.Xds.Resources;

/// <summary>For whom a resource is written.</summary>
public enum XdsFlavour
{
    /// <summary>gRPC's own xDS client: ApiListeners, IP addresses only, weights through localities.</summary>
    Grpc,

    /// <summary>Envoy: socket listeners on the ports its node declares.</summary>
    Envoy,

    /// <summary>The mesh's own proxies and clients: ApiListeners with the mesh's metadata.</summary>
    Mesh,
}
