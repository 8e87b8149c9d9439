using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Calls;

/// <summary>What calls are routed by.</summary>
public interface IRoutingSource
{
    /// <summary>The newest snapshot.</summary>
    RoutingSnapshot Snapshot { get; }

    /// <summary>
    /// The newest snapshot once the control plane has answered for a cluster that has no endpoint, or once that has taken too long.
    /// </summary>
    /// <param name="cluster">The cluster's name.</param>
    ValueTask<RoutingSnapshot> AskForEndpointsAsync(string cluster);
}
