using System.Net;

namespace Mesh.ServiceDefaults.Listening;

/// <summary>One TCP address with its two internal endpoints: Kestrel serves a protocol on each, the socket behind them is one.</summary>
internal sealed class DualProtocolPort
{
    public DualProtocolPort(IPEndPoint address)
    {
        Address = address;
        Http1 = new DualProtocolEndPoint(this, HttpVersionOnWire.Http1);
        Http2 = new DualProtocolEndPoint(this, HttpVersionOnWire.Http2);
    }

    public IPEndPoint Address { get; }

    public DualProtocolEndPoint Http1 { get; }

    public DualProtocolEndPoint Http2 { get; }
}

/// <summary>What Kestrel binds: the part of a <see cref="DualProtocolPort"/> that speaks one protocol.</summary>
internal sealed class DualProtocolEndPoint(DualProtocolPort port, HttpVersionOnWire version) : EndPoint
{
    public DualProtocolPort Port => port;

    public HttpVersionOnWire Version => version;

    public override string ToString() => $"{port.Address}";
}

internal enum HttpVersionOnWire
{
    Http1,
    Http2,
}
