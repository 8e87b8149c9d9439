using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Requests;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Reading;

/// <summary>
/// Reads a cluster's endpoints. Their own weights alone decide unless the cluster says otherwise: a locality's weight is for clients that
/// choose the locality first, and the mesh sets it to the sum of its endpoints' weights, which comes to the same.
/// </summary>
internal static class EndpointsReader
{
    public static AssignmentConfig Read(ClusterLoadAssignment assignment, ResourceFaults faults)
    {
        var endpoints = new List<EndpointConfig>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        for (var l = 0; l < assignment.Endpoints.Count; l++)
        {
            var locality = assignment.Endpoints[l];
            for (var e = 0; e < locality.LbEndpoints.Count; e++)
            {
                var field = $"endpoints[{l}].lb_endpoints[{e}]";
                var read = One(locality.LbEndpoints[e], locality, field, faults);
                if (read is null)
                    continue;
                if (!known.Add(read.Address))
                    faults.Add($"{field}.endpoint.address", $"{read.Address} is named twice");
                endpoints.Add(read);
            }
        }

        return new AssignmentConfig(endpoints, AssignmentPolicyReader.Read(assignment.Policy, faults));
    }

    private static EndpointConfig? One(LbEndpoint lb, LocalityLbEndpoints locality, string field, ResourceFaults faults)
    {
        var socket = lb.Endpoint?.Address?.SocketAddress;
        if (socket is null || socket.Address.Length == 0)
        {
            faults.Add($"{field}.endpoint.address.socket_address", "is missing");
            return null;
        }

        if (socket.PortValue is 0 or > 65535)
        {
            faults.Add($"{field}.endpoint.address.socket_address.port_value", $"{socket.PortValue} is not a valid port");
            return null;
        }

        // Uri knows every form of host; what it does not take, no connection can be made to.
        if (Uri.CheckHostName(socket.Address) == UriHostNameType.Unknown)
        {
            faults.Add($"{field}.endpoint.address.socket_address.address", $"'{socket.Address}' is not a valid host");
            return null;
        }

        if (lb.LoadBalancingWeight is 0)
        {
            faults.Add($"{field}.load_balancing_weight", "is 0; leave the endpoint out instead");
            return null;
        }

        var host = socket.Address.Contains(':') && !socket.Address.StartsWith('[') ? $"[{socket.Address}]" : socket.Address;
        var name = lb.Endpoint!.Hostname.Length == 0 ? null : lb.Endpoint.Hostname;
        if (HeadSyntax.FaultOfAuthority(name ?? host) is { } noAuthority)
        {
            faults.Add(name is null ? $"{field}.endpoint.address.socket_address.address" : $"{field}.endpoint.hostname", noAuthority);
            return null;
        }

        var zone = string.IsNullOrEmpty(locality.Locality?.Zone) ? null : locality.Locality.Zone;
        return new EndpointConfig($"{host}:{socket.PortValue}", name, lb.LoadBalancingWeight ?? 1, locality.Priority, zone,
            Health(lb.HealthStatus))
        {
            Locality = locality.Locality is { } where ? $"{where.Region}/{where.Zone}/{where.SubZone}" : "",
            LocalityWeight = Math.Max(locality.LoadBalancingWeight ?? 1, 1),
            Instance = MeshMetadata.Read(lb.Metadata, "instance"),
            Version = MeshMetadata.Read(lb.Metadata, "version"),
            Protocol = UpstreamProtocols.Of(MeshMetadata.Read(lb.Metadata, "protocol")),
            TransportLabels = TransportSecurityReader.LabelsOf(lb),
        };
    }

    private static EndpointHealth Health(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => EndpointHealth.Healthy,
        HealthStatus.Unknown => EndpointHealth.Unknown,
        HealthStatus.Degraded => EndpointHealth.Degraded,
        HealthStatus.Draining => EndpointHealth.Draining,
        _ => EndpointHealth.Unhealthy,
    };
}
