namespace Mesh.DataPlane.Balancing;

/// <summary>What a cluster's endpoints speak.</summary>
public enum UpstreamProtocol
{
    /// <summary>HTTP/1.1 (a gRPC call still goes as HTTP/2, which is the only way it can).</summary>
    Http1,

    /// <summary>HTTP/2 without TLS from the first byte on, as gRPC servers speak it.</summary>
    Http2,
}
