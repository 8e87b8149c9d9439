namespace Mesh.DataPlane.Balancing;

/// <summary>What an endpoint speaks.</summary>
public enum UpstreamProtocol
{
    /// <summary>HTTP/1.1 (a gRPC call still goes as HTTP/2, which is the only way it can).</summary>
    Http1,

    /// <summary>HTTP/2 without TLS from the first byte on, as gRPC servers speak it.</summary>
    Http2,

    /// <summary>Bytes that are not HTTP: not for an HTTP proxy.</summary>
    Tcp,

    /// <summary>Either HTTP version: a request goes on in the one in which it came.</summary>
    AsItComes,
}

/// <summary>The registry's words for protocols.</summary>
public static class UpstreamProtocols
{
    /// <summary>The protocol of <c>http</c>, <c>grpc</c> or <c>tcp</c>; null for anything else.</summary>
    public static UpstreamProtocol? Of(string word) => word switch
    {
        "http" => UpstreamProtocol.Http1,
        "grpc" => UpstreamProtocol.Http2,
        "tcp" => UpstreamProtocol.Tcp,
        _ => null,
    };
}
