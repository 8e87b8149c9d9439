using System.Globalization;
using Mesh.Xds.Protos;

namespace Mesh.Xds.Resources;

/// <summary>
/// Load assignments. Order is decided by content alone: localities by zone and weight class, endpoints by address and port. An address that
/// two instances share appears once (clients refuse duplicates); the one whose id sorts first has it.
/// </summary>
public static class LoadAssignmentBuilder
{
    /// <summary>
    /// gRPC's client spreads evenly over the endpoints of a locality and by weight only between localities; for it, endpoints of one zone
    /// and one weight form a locality of their own (<c>sub_zone</c> <c>w&lt;weight&gt;</c>), which makes each instance's share exactly its weight.
    /// </summary>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="flavour">For whom.</param>
    /// <param name="endpoints">Its endpoints, in any order.</param>
    /// <param name="failover">Zones in the order in which they are used, those that are not named last; null or empty: all at once.</param>
    public static ClusterLoadAssignment Of(string cluster, XdsFlavour flavour, IEnumerable<XdsEndpoint> endpoints, IReadOnlyList<string>? failover = null)
    {
        var assignment = new ClusterLoadAssignment { ClusterName = cluster };
        var usable = endpoints
            .Where(e => e.Weight > 0)
            .OrderBy(e => e.Instance, StringComparer.Ordinal)
            .DistinctBy(e => (e.Address, e.Port))
            .OrderBy(e => e.Address, StringComparer.Ordinal).ThenBy(e => e.Port);
        var localities = usable
            .GroupBy(e => (e.Zone, Class: flavour == XdsFlavour.Grpc ? e.Weight : 0))
            .OrderBy(g => g.Key.Zone, StringComparer.Ordinal).ThenBy(g => g.Key.Class).ToList();
        // Clients refuse gaps between priorities: zones without endpoints get none.
        var priorities = localities.Select(g => PlaceOf(g.Key.Zone)).Distinct().Order().ToList();
        foreach (var group in localities)
        {
            var locality = new Locality { Zone = group.Key.Zone };
            if (flavour == XdsFlavour.Grpc) locality.SubZone = string.Create(CultureInfo.InvariantCulture, $"w{group.Key.Class}");
            var entry = new LocalityLbEndpoints
            {
                Locality = locality,
                LoadBalancingWeight = (uint)Math.Min(uint.MaxValue, group.Sum(e => (long)e.Weight)),
                Priority = (uint)priorities.IndexOf(PlaceOf(group.Key.Zone)),
            };
            entry.LbEndpoints.AddRange(group.Select(e => Endpoint(e, flavour)));
            assignment.Endpoints.Add(entry);
        }

        return assignment;

        int PlaceOf(string zone)
        {
            for (var i = 0; i < (failover?.Count ?? 0); i++)
            {
                if (failover![i] == zone) return i;
            }

            return int.MaxValue;
        }
    }

    private static LbEndpoint Endpoint(XdsEndpoint endpoint, XdsFlavour flavour)
    {
        var lb = new LbEndpoint
        {
            Endpoint = new Endpoint { Address = ListenerBuilder.AddressOf(endpoint.Address, endpoint.Port) },
            HealthStatus = endpoint.Warning ? HealthStatus.Unknown : HealthStatus.Healthy,
            LoadBalancingWeight = endpoint.Weight,
        };
        if (flavour != XdsFlavour.Grpc)
        {
            lb.Metadata = MeshMetadata.Of(
                ("instance", endpoint.Instance), ("version", endpoint.Version), ("protocol", endpoint.Protocol),
                ("health", endpoint.Warning ? "warning" : "passing"));
        }

        return lb;
    }
}
