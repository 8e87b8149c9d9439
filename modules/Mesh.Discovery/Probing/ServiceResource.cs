using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Probing;

/// <summary>
/// Discovery's reconcilers look after services; the resource is <c>namespace/name</c>, so all work on one service is one worker's.
/// </summary>
internal static class ServiceResource
{
    public static ServiceKey Parse(string resource)
    {
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        return new(resource[..slash], resource[(slash + 1)..]);
    }

    public static ServiceState? Find(MeshState state, string resource) => state.Facts<DiscoveryState>().Find(Parse(resource));

    public static IEnumerable<string> All(MeshState state) =>
        state.Facts<DiscoveryState>().Services.Select(service => service.Key.ToString());

    public static string? Of(string stream) => DiscoveryStreams.KeyOf(stream)?.ToString();

    /// <summary>The streams of intent, status and every registration: what a decision on a whole service rests on.</summary>
    public static IReadOnlyList<string> StreamsOf(ServiceState service) =>
        [DiscoveryStreams.Intent(service.Key), DiscoveryStreams.Status(service.Key),
            .. service.Instances.Select(instance => DiscoveryStreams.Registration(service.Key, instance.Id))];
}
