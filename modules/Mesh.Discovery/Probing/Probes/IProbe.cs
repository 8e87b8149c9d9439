namespace Mesh.Discovery.Probing.Probes;

/// <summary>
/// One way to ask an instance how it is. May throw whatever the network throws: <see cref="Prober"/> makes a verdict of it.
/// </summary>
public interface IProbe
{
    /// <summary>Asks once; the token ends with the check's timeout.</summary>
    Task<ProbeResult> ProbeAsync(ProbeTarget target, CancellationToken cancellationToken);
}

/// <summary>Asks an instance in the way its check says, within its timeout.</summary>
public interface IProber
{
    /// <summary>Asks once. Never throws but for <paramref name="cancellationToken"/>.</summary>
    Task<ProbeResult> ProbeAsync(ProbeTarget target, CancellationToken cancellationToken);
}
