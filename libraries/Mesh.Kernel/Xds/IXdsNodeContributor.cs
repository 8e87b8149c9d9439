using Mesh.Kernel.State;
using Mesh.Xds.Resources;

namespace Mesh.Kernel.Xds;

/// <summary>
/// A module's part in what one client gets for itself and nobody else: its own certificates, its inbound policy (Flow step 7). Registered
/// by a module as <see cref="IXdsContributor"/> is, which drafts what belongs to services. Each stream asks when it begins and with every
/// snapshot, so the answers come from memory: no I/O. Who a client is, it says itself; as long as streams are not authenticated, so can
/// anybody.
/// </summary>
public interface IXdsNodeContributor
{
    /// <summary>Lower comes first.</summary>
    int Order { get; }

    /// <summary>
    /// Raised when drafts may differ though the state does not, as with a certificate that was renewed: streams ask again. From any
    /// thread.
    /// </summary>
    event Action? Changed
    {
        add { }
        remove { }
    }

    /// <summary>
    /// Everything that the client's own resources depend on, as a value: while it is equal to the last one, they are not drafted again.
    /// Null where this module has none for the client.
    /// </summary>
    object? Shape(MeshState state, XdsNode node);

    /// <summary>Drafts the client's own resources.</summary>
    void Configure(XdsNodeDraft draft);
}

/// <summary>A client, as it introduced itself.</summary>
/// <param name="Id">Its node's id.</param>
/// <param name="Service">The wire name of the service that it is, in its short form; empty where it said none.</param>
/// <param name="Cluster">What kind of process it is, in its own word.</param>
/// <param name="Flavour">Which kind of client it is.</param>
public sealed record XdsNode(string Id, string Service, string Cluster, XdsFlavour Flavour);
