using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Xds;

/// <summary>
/// What some kinds of clients do otherwise with a module's settings of a service, or not at all. Registered by the module.
/// </summary>
public interface IClientGaps
{
    /// <summary>The warnings, each beginning with its field.</summary>
    /// <param name="state">The state.</param>
    /// <param name="service">The service.</param>
    /// <param name="route">The route that a request takes; null for none.</param>
    IEnumerable<string> Of(MeshState state, ServiceKey service, string? route);
}
