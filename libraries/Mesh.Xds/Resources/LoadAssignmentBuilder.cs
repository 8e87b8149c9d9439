using System.Globalization;
using Google.Protobuf;
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
    /// and one weight form a locality of their own (<c>sub_zone</c> <c>w&lt;weight&gt;</c>), which makes each instance's share exactly its
    /// weight.
    /// </summary>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="flavour">For whom.</param>
    /// <param name="endpoints">Its endpoints, in any order.</param>
    /// <param name="failover">Zones in the order in which they are used, those that are not named last; null or empty: all at once.</param>
    public static ClusterLoadAssignment Of(string cluster, XdsFlavour flavour, IEnumerable<XdsEndpoint> endpoints,
        IReadOnlyList<string>? failover = null)
    {
        var assignment = new ClusterLoadAssignment { ClusterName = cluster };
        var weighted = endpoints.Where(e => e.Weight > 0).ToList();
        // Most services have one instance, and to sort and group it would cost half of what it makes.
        if (weighted is [] or [_])
        {
            foreach (var only in weighted) assignment.Endpoints.Add(LocalityOf(only.Zone, ClassOf(only), weighted, 0));
            return assignment;
        }

        var usable = weighted
            .OrderBy(e => e.Instance, StringComparer.Ordinal)
            .DistinctBy(e => (e.Address, e.Port))
            .OrderBy(e => e.Address, StringComparer.Ordinal).ThenBy(e => e.Port);
        var localities = usable
            .GroupBy(e => (e.Zone, Class: ClassOf(e)))
            .OrderBy(g => g.Key.Zone, StringComparer.Ordinal).ThenBy(g => g.Key.Class).ToList();
        // Clients refuse gaps between priorities: zones without endpoints get none.
        var priorities = localities.Select(g => PlaceOf(g.Key.Zone)).Distinct().Order().ToList();
        foreach (var group in localities)
            assignment.Endpoints.Add(LocalityOf(group.Key.Zone, group.Key.Class, group, priorities.IndexOf(PlaceOf(group.Key.Zone))));
        return assignment;

        uint ClassOf(XdsEndpoint endpoint) => flavour == XdsFlavour.Grpc ? endpoint.Weight : 0;

        LocalityLbEndpoints LocalityOf(string zone, uint weightClass, IEnumerable<XdsEndpoint> members, int priority)
        {
            var locality = new Locality { Zone = zone };
            if (flavour == XdsFlavour.Grpc) locality.SubZone = string.Create(CultureInfo.InvariantCulture, $"w{weightClass}");
            var entry = new LocalityLbEndpoints
            {
                Locality = locality,
                LoadBalancingWeight = (uint)Math.Min(uint.MaxValue, members.Sum(e => (long)e.Weight)),
                Priority = (uint)priority,
            };
            entry.LbEndpoints.AddRange(members.Select(e => Endpoint(e, flavour)));
            return entry;
        }

        int PlaceOf(string zone)
        {
            for (var i = 0; i < (failover?.Count ?? 0); i++)
            {
                if (failover![i] == zone) return i;
            }

            return int.MaxValue;
        }
    }

    /// <summary>Whether an assignment, as it stands in a resource, has no endpoint.</summary>
    public static bool IsEmpty(ByteString assignment)
    {
        using var input = assignment.CreateCodedInput();
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (WireFormat.GetTagFieldNumber(tag) == ClusterLoadAssignment.EndpointsFieldNumber) return false;
            input.SkipLastField();
        }

        return true;
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
            if (endpoint.TakesTls) TransportSockets.Label(lb);
        }

        return lb;
    }
}
