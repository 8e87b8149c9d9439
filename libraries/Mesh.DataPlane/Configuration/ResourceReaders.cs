using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Reading;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Configuration;

/// <summary>The readers of a data plane: one for each type of the table.</summary>
internal static class ResourceReaders
{
    /// <summary>
    /// All of them, in push order: what is pointed at is asked for before what points, so that a reconnect brings changes in the order in
    /// which they can be used.
    /// </summary>
    public static IReadOnlyList<ResourceReader> Of(ReceivedConfig received) => [.. All(received).OrderBy(reader => reader.Type.Order)];

    private static IEnumerable<ResourceReader> All(ReceivedConfig received) =>
    [
        new ResourceReader<Secret, SecretConfig>(XdsTypes.Secret, received.Secrets, received.SecretSubscriptions)
        {
            Read = (secret, _, faults) => SecretReader.Read(secret, faults),
            Keep = received.Secrets.Set,
            Removed = name => received.Secrets.Remove(name),
        },
        new ResourceReader<Cluster, ClusterConfig>(XdsTypes.Cluster, received.Clusters, received.ClusterSubscriptions)
        {
            Read = (cluster, _, faults) => ClusterReader.Read(cluster, faults),
            Keep = (_, cluster, resource) => received.SetCluster(cluster, resource),
            Removed = received.SetAbsent,
        },
        new ResourceReader<ClusterLoadAssignment, AssignmentConfig>(
            XdsTypes.ClusterLoadAssignment, received.Endpoints, received.EndpointSubscriptions)
        {
            IsAskedByRequests = true,
            Read = (assignment, _, faults) => EndpointsReader.Read(assignment, faults),
            Keep = received.SetEndpoints,
            // Absent endpoints are not endpoints: the cluster answers for itself instead of waiting for ever.
            Removed = name => received.SetEndpoints(name, AssignmentConfig.Empty, new Resource { Name = name }),
        },
        new ResourceReader<Listener, ListenerConfig>(XdsTypes.Listener, received.Listeners, received.ListenerSubscriptions)
        {
            IsAskedByRequests = true,
            Read = ListenerReader.Read,
            Keep = (_, listener, resource) => received.SetListener(listener, resource),
            Removed = received.RemoveListener,
        },
        new ResourceReader<RouteConfiguration, RouteTable>(XdsTypes.RouteConfiguration, received.Routes, received.RouteSubscriptions)
        {
            Read = RouteConfigurationReader.Read,
            Keep = received.SetRoutes,
            // The listener that names them decides: while it stands, its last good routes do too.
            Removed = _ => { },
        },
    ];
}
