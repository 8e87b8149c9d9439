using Google.Protobuf.WellKnownTypes;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Values;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Traffic.Xds;

/// <summary>How instances are chosen, as a cluster says it.</summary>
internal static class BalancingCompiler
{
    public static void Apply(LoadBalancingSpec balancing, Cluster cluster, XdsFlavour flavour)
    {
        cluster.LbPolicy = Policy(balancing.Policy, flavour);
        if (cluster.LbPolicy == Cluster.Types.LbPolicy.RingHash)
            cluster.RingHashLbConfig = new Cluster.Types.RingHashLbConfig
            {
                HashFunction = Cluster.Types.RingHashLbConfig.Types.HashFunction.XxHash,
                MinimumRingSize = 1024,
            };
        // gRPC's clients know neither of the rest.
        if (flavour == XdsFlavour.Grpc) return;
        var slow = balancing.SlowStart is { } window ? new Cluster.Types.SlowStartConfig { SlowStartWindow = Wire(window) } : null;
        if (balancing.Policy == "least_request")
            cluster.LeastRequestLbConfig = new Cluster.Types.LeastRequestLbConfig { ChoiceCount = 2, SlowStartConfig = slow };
        else if (slow is not null) cluster.RoundRobinLbConfig = new Cluster.Types.RoundRobinLbConfig { SlowStartConfig = slow };
        if (balancing.PanicThreshold is null && balancing.ZoneAware is not true) return;
        cluster.CommonLbConfig = new Cluster.Types.CommonLbConfig();
        if (balancing.PanicThreshold is { } panic) cluster.CommonLbConfig.HealthyPanicThreshold = new Percent { Value = panic };
        if (balancing.ZoneAware is true)
            cluster.CommonLbConfig.ZoneAwareLbConfig = new Cluster.Types.CommonLbConfig.Types.ZoneAwareLbConfig
            {
                RoutingEnabled = new Percent { Value = 100 },
                MinClusterSize = 1,
            };
    }

    public static Duration Wire(string duration) =>
        Duration.FromTimeSpan(Durations.TryParse(duration) ?? throw new FormatException($"'{duration}' is not a valid duration."));

    // gRPC's clients refuse a cluster with a policy that they do not know; they get the nearest that all of them do.
    private static Cluster.Types.LbPolicy Policy(string policy, XdsFlavour flavour) => (policy, flavour) switch
    {
        ("ring_hash", _) or ("maglev", XdsFlavour.Grpc) => Cluster.Types.LbPolicy.RingHash,
        ("maglev", _) => Cluster.Types.LbPolicy.Maglev,
        (_, XdsFlavour.Grpc) => Cluster.Types.LbPolicy.RoundRobin,
        ("least_request", _) => Cluster.Types.LbPolicy.LeastRequest,
        ("random", _) => Cluster.Types.LbPolicy.Random,
        _ => Cluster.Types.LbPolicy.RoundRobin,
    };
}
