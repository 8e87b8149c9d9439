using System.Diagnostics.Metrics;

namespace Mesh.AspNetCore;

/// <summary>What endpoints with <c>UseMeshTls</c> count, on the meter <c>Cdaprod.Mesh.Tls</c>.</summary>
internal sealed class MeshTlsMetrics
{
    private readonly Counter<long> _connections;

    public MeshTlsMetrics(IMeterFactory meters) => _connections = meters.Create("Cdaprod.Mesh.Tls").CreateCounter<long>(
        "cdaprod.mesh.tls.connections", "{connection}", "Connections, by what became of them: mtls, plaintext or refused, and why.");

    /// <summary>A connection of a workload of the mesh.</summary>
    public void Accepted() => Count("mtls", "");

    /// <summary>A connection without TLS where that is allowed.</summary>
    public void Plaintext() => Count("plaintext", "");

    /// <summary>A connection that was refused.</summary>
    public void Refused(string reason) => Count("refused", reason);

    private void Count(string result, string reason) => _connections.Add(1, new KeyValuePair<string, object?>("mesh.result", result),
        new KeyValuePair<string, object?>("mesh.reason", reason));
}
