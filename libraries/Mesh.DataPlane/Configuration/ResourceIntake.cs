using Google.Protobuf;
using Mesh.DataPlane.Reading;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Configuration;

/// <summary>Reads one resource of a response and, if nothing is wrong with it, puts it in the place of its last version.</summary>
internal static class ResourceIntake
{
    public static IReadOnlyList<string> Take(XdsType type, Resource resource, ReceivedConfig received)
    {
        var faults = new ResourceFaults(type, resource.Name);
        switch (type)
        {
            case XdsType.Listener:
                if (Unpack<Listener>(resource, l => l.Name, "name", faults) is { } listener)
                    Keep(ListenerReader.Read(listener, received.Listeners.Find(resource.Name), faults), faults, config => received.SetListener(config, resource));
                break;
            case XdsType.Cluster:
                if (Unpack<Cluster>(resource, c => c.Name, "name", faults) is { } cluster)
                    Keep(ClusterReader.Read(cluster, faults), faults, config => received.SetCluster(config, resource));
                break;
            case XdsType.ClusterLoadAssignment:
                if (Unpack<ClusterLoadAssignment>(resource, a => a.ClusterName, "cluster_name", faults) is { } assignment)
                    Keep(EndpointsReader.Read(assignment, faults), faults, config => received.SetEndpoints(resource.Name, config, resource));
                break;
            default:
                if (Unpack<RouteConfiguration>(resource, r => r.Name, "name", faults) is { } routes)
                    Keep(RouteConfigurationReader.Read(routes, received.Routes.Find(resource.Name), faults), faults, config => received.SetRoutes(resource.Name, config, resource));
                break;
        }

        return faults.All;
    }

    public static void Remove(XdsType type, string name, ReceivedConfig received)
    {
        switch (type)
        {
            case XdsType.Listener:
                received.RemoveListener(name);
                break;
            case XdsType.Cluster:
                received.SetAbsent(name);
                break;
            case XdsType.ClusterLoadAssignment:
                // Absent endpoints are not endpoints: the cluster answers for itself instead of waiting for ever.
                received.SetEndpoints(name, AssignmentConfig.Empty, new Resource { Name = name });
                break;
            default:
                // The listener that names them decides: while it stands, its last good routes do too.
                break;
        }
    }

    private static T? Unpack<T>(Resource resource, Func<T, string> name, string field, ResourceFaults faults) where T : class, IMessage<T>, new()
    {
        var message = faults.Unpack<T>(resource.Resource_, "resource");
        if (message is not null && name(message) != resource.Name)
            faults.Add(field, $"is '{name(message)}', not the name it was sent under");
        return message;
    }

    private static void Keep<T>(T config, ResourceFaults faults, Action<T> keep)
    {
        if (!faults.Any)
            keep(config);
    }
}
