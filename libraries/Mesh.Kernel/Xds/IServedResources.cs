using Mesh.Xds.Resources;

namespace Mesh.Kernel.Xds;

/// <summary>What a control plane serves, for modules that say what becomes of it. Offered by the control plane's host.</summary>
public interface IServedResources
{
    /// <summary>What a data plane of the mesh that calls one service is served.</summary>
    /// <param name="service">The service's name on the wire, in its short form.</param>
    /// <param name="caller">Of which service the caller is; null for nobody's.</param>
    /// <param name="node">Its node id; empty for one that is in no share of a rollout.</param>
    /// <param name="cancellationToken">Ends the wait for the first state.</param>
    /// <returns>Null where the control plane got no state in time.</returns>
    ValueTask<ServedResources?> ReadAsync(string service, string? caller, string node, CancellationToken cancellationToken);
}

/// <summary>What one data plane is served.</summary>
/// <param name="Sequence">The log's sequence that it stands for.</param>
/// <param name="Resources">In the order in which they are pushed.</param>
/// <param name="InShare">Whether the node is in the share that gets a change of the service first; null where none is rolled out.</param>
public sealed record ServedResources(long Sequence, IReadOnlyList<XdsResource> Resources, bool? InShare);
