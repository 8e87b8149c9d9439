namespace Mesh.Discovery.Probing.Probes;

/// <summary>Passes where a connection is accepted; nothing is sent or read.</summary>
internal sealed class TcpProbe : IProbe
{
    public async Task<ProbeResult> ProbeAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        using var socket = await ProbeConnection.OpenAsync(target.Addresses, target.Port, cancellationToken).ConfigureAwait(false);
        return ProbeResult.Pass;
    }
}
