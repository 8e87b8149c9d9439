using Google.Protobuf;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// Says which clients are sent a response that gRPC's own limit does not let through, once for each node and type: the client itself shows
/// no more than a stream that ends again and again. What is the mesh's own takes more.
/// </summary>
internal sealed class ResponseSizes(ILogger<ResponseSizes> logger)
{
    /// <summary>
    /// What a gRPC client takes in one message unless it was told otherwise (<c>GRPC_DEFAULT_MAX_RECV_MESSAGE_LENGTH</c> of C-core; the
    /// same in Java, Go and Node).
    /// </summary>
    public const int Limit = 4 << 20;

    private readonly BoundedCache<(string Node, string Type), bool> _told = new(1_024);

    /// <summary>Looks at a response that is about to be written.</summary>
    public void Look(NodeIdentity node, IMessage response, int bytes)
    {
        if (bytes <= Limit || node.Flavour == XdsFlavour.Mesh) return;
        var type = response switch
        {
            DiscoveryResponse whole => whole.TypeUrl,
            DeltaDiscoveryResponse delta => delta.TypeUrl,
            _ => response.Descriptor.Name,
        };
        _told.GetOrAdd((node.Id, type), (key, size) =>
        {
            logger.TooLargeForMany(key.Node, key.Type, size, Limit);
            return true;
        }, bytes);
    }
}
