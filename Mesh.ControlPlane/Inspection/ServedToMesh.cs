using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Compile;
using Mesh.Kernel.Xds;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Inspection;

/// <summary>What a data plane of the mesh would be sent on a stream of its own, except secrets: they are shown to nobody else.</summary>
internal sealed class ServedToMesh(FlavoursInUse flavours, EnvoyListeners listeners, NodeContributors contributors) : IServedResources
{
    public async ValueTask<ServedResources?> ReadAsync(string service, string? caller, string node, CancellationToken cancellationToken)
    {
        if (await flavours.UseAsync(XdsFlavour.Mesh, cancellationToken) is not { } snapshot) return null;
        var view = snapshot[XdsFlavour.Mesh];
        var scope = new StreamScope(
            new NodeIdentity { Id = node, Flavour = XdsFlavour.Mesh, Service = caller ?? "", Upstreams = [service] }, listeners,
            delta: true, contributors);
        scope.Refresh(snapshot);
        return new ServedResources(
            snapshot.Sequence,
            [.. XdsTypes.OfServices.SelectMany(
                type => scope.Wildcard(view, type).Select(name => scope.Resolve(view, type, name)).OfType<XdsResource>())],
            view.VariedOf(service)?.Who.Rollout?.Takes(node));
    }
}
