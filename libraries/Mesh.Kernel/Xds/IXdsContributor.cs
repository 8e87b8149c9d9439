using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Xds;

/// <summary>
/// A module's part in turning the state into what data planes get (Flow step 6). Contributors are asked one after another, in
/// <see cref="Order"/>, for one service at a time; each may add to and change what those before it have drafted. Pure: no clock, no I/O.
/// </summary>
public interface IXdsContributor
{
    /// <summary>Lower comes first; discovery, which drafts the plain service, is 0.</summary>
    int Order { get; }

    /// <summary>All services that have something to compile because of this module.</summary>
    IEnumerable<ServiceKey> Services(MeshState state);

    /// <summary>The services whose resources may differ once a log stream has changed.</summary>
    IEnumerable<ServiceKey> Affected(MeshState state, string stream);

    /// <summary>
    /// Everything that the service's listener, routes and clusters depend on, as a value: while it is equal to the last one, only endpoints
    /// are compiled again. Null when this module knows nothing of the service.
    /// </summary>
    object? Shape(MeshState state, ServiceKey service);

    /// <summary>Which clients get something of their own of the service; what this depends on is part of its <see cref="Shape"/>.</summary>
    XdsVariants Variants(MeshState state, ServiceKey service) => XdsVariants.None;

    /// <summary>Drafts listener, routes and clusters.</summary>
    void Configure(XdsDraft draft);

    /// <summary>Drafts the endpoints of the service's clusters.</summary>
    void Endpoints(XdsEndpointsDraft draft);
}
