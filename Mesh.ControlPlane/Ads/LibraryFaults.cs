using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// What a client's library does wrongly with what it reads, told from its user agent, and what the client gets in place of it.
/// </summary>
[Flags]
public enum LibraryFaults
{
    None = 0,

    /// <summary>
    /// A ring of hashes ends the whole process: gRPC C-core 1.50 and 1.51, whose picker casts to the wrong type (grpc/grpc#31766).
    /// Instances take turns instead, as with any other policy.
    /// </summary>
    BreaksOnRings = 1,

    /// <summary>
    /// Timeouts of a route end one to two seconds early, those below at once: gRPC C-core, where its clocks are set against each other in
    /// whole seconds (grpc/grpc#34547, open at 1.74). With two seconds more they end in the second after the one that was asked for; a
    /// caller's own deadline is kept exactly.
    /// </summary>
    EndsCallsEarly = 2,
}

/// <summary>Resources as clients with faults get them.</summary>
internal static partial class LibraryFaultsExtensions
{
    private const int Kept = 20_000;
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(2);
    private static readonly BoundedCache<(XdsType Type, string Name, string Version,
        LibraryFaults Faults), XdsResource> Adapted = new(Kept);

    /// <summary>The faults of a client's library.</summary>
    public static LibraryFaults Of(Node node)
    {
        if (!node.UserAgentName.StartsWith("gRPC C-core", StringComparison.Ordinal)) return LibraryFaults.None;
        return LibraryFaults.EndsCallsEarly
            | (BreaksOnRings().IsMatch(node.UserAgentVersion) ? LibraryFaults.BreaksOnRings : LibraryFaults.None);
    }

    /// <summary>The resource without what the library cannot bear.</summary>
    public static XdsResource Adapt(this LibraryFaults faults, XdsResource resource)
    {
        if (faults == LibraryFaults.None || (resource.Type != XdsTypes.Cluster && resource.Type != XdsTypes.RouteConfiguration))
            return resource;
        return Adapted.GetOrAdd((resource.Type, resource.Name, resource.Version, faults),
            static (key, from) => key.Type == XdsTypes.Cluster ? Cluster(key.Faults, from) : Routes(key.Faults, from), resource);
    }

    private static XdsResource Cluster(LibraryFaults faults, XdsResource resource)
    {
        var cluster = Mesh.Xds.Protos.Cluster.Parser.ParseFrom(resource.Packed.Value);
        if (!faults.HasFlag(LibraryFaults.BreaksOnRings) || cluster.LbPolicy != Mesh.Xds.Protos.Cluster.Types.LbPolicy.RingHash)
            return resource;
        cluster.LbPolicy = Mesh.Xds.Protos.Cluster.Types.LbPolicy.RoundRobin;
        cluster.RingHashLbConfig = null;
        return XdsResource.Of(cluster);
    }

    private static XdsResource Routes(LibraryFaults faults, XdsResource resource)
    {
        if (!faults.HasFlag(LibraryFaults.EndsCallsEarly)) return resource;
        var routes = RouteConfiguration.Parser.ParseFrom(resource.Packed.Value);
        var limits = routes.VirtualHosts.SelectMany(host => host.Routes)
            .Select(route => route.Route_?.MaxStreamDuration?.MaxStreamDuration_).OfType<Duration>()
            .Where(limit => !limit.Equals(new Duration())).ToList();
        if (limits.Count == 0) return resource;
        foreach (var limit in limits) limit.Seconds += (long)Early.TotalSeconds;
        return XdsResource.Of(routes);
    }

    // C-core counts its own versions: 28 is gRPC 1.50, 29 is 1.51 ("C-core 29.0.0 Python 1.51.1").
    [GeneratedRegex(@"^C-core (28|29)\.")]
    private static partial Regex BreaksOnRings();
}
