using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Compile;
using Mesh.Kernel.Xds;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Inspection;

/// <summary>What a data plane of the mesh would be sent on a stream of its own.</summary>
internal sealed class ServedToMesh(FlavoursInUse flavours, EnvoyListeners listeners) : IServedResources
{
    public async ValueTask<ServedResources?> ReadAsync(string service, string? caller, string node, CancellationToken cancellationToken)
    {
        if (await flavours.UseAsync(XdsFlavour.Mesh, cancellationToken) is not { } snapshot) return null;
        var view = snapshot[XdsFlavour.Mesh];
        var scope = new StreamScope(
            new NodeIdentity { Id = node, Flavour = XdsFlavour.Mesh, Service = caller ?? "", Upstreams = [service] }, listeners,
            delta: true);
        return new ServedResources(
            snapshot.Sequence,
            [.. XdsTypes.PushOrder.SelectMany(
                type => scope.Wildcard(view, type).Select(name => scope.Resolve(view, type, name)).OfType<XdsResource>())],
            view.VariedOf(service)?.Who.Rollout?.Takes(node));
    }
}
