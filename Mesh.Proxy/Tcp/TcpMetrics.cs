using System.Diagnostics.Metrics;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Tcp;

/// <summary>What is counted of connections whose bytes are passed through.</summary>
internal sealed class TcpMetrics
{
    private readonly UpDownCounter<long> _open;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _bytes;

    public TcpMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(GatewayMetrics.MeterName);
        _open = meter.CreateUpDownCounter<long>("cdaprod.mesh.gateway.tcp.connections", "{connection}",
            "Connections whose bytes are passed through now.");
        _refused = meter.CreateCounter<long>("cdaprod.mesh.gateway.tcp.refused", "{connection}", "Connections that were ended at once.");
        _bytes = meter.CreateCounter<long>("cdaprod.mesh.gateway.tcp.bytes", "By",
            "Bytes passed through, counted when a connection is over.");
    }

    public void Opened(string service) => _open.Add(1, Of(service));

    public void Refused(string service, string reason) =>
        _refused.Add(1, Of(service), new KeyValuePair<string, object?>("mesh.reason", reason));

    public void Ended(string service, long up, long down)
    {
        _open.Add(-1, Of(service));
        _bytes.Add(up, Of(service), new KeyValuePair<string, object?>("mesh.direction", "up"));
        _bytes.Add(down, Of(service), new KeyValuePair<string, object?>("mesh.direction", "down"));
    }

    private static KeyValuePair<string, object?> Of(string service) => new("mesh.service", service);
}
