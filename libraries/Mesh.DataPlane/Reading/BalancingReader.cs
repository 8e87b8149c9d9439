using Mesh.DataPlane.Balancing;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Reading;

/// <summary>Reads how a cluster's requests are spread.</summary>
internal static class BalancingReader
{
    private const ulong LargestRing = 8_388_608;
    private const ulong LargestTable = 5_000_011;
    private static readonly BalancingConfig Default = BalancingConfig.Default;

    public static BalancingPolicy Policy(Cluster cluster, ResourceFaults faults)
    {
        switch (cluster.LbPolicy)
        {
            case Cluster.Types.LbPolicy.RoundRobin:
                return BalancingPolicy.WeightedRoundRobin;
            case Cluster.Types.LbPolicy.Random:
                return BalancingPolicy.Random;
            case Cluster.Types.LbPolicy.LeastRequest:
                return BalancingPolicy.LeastRequest;
            case Cluster.Types.LbPolicy.RingHash:
                return BalancingPolicy.RingHash;
            case Cluster.Types.LbPolicy.Maglev:
                return BalancingPolicy.Maglev;
            default:
                faults.Add("lb_policy",
                    $"{cluster.LbPolicy} is not supported: ROUND_ROBIN, RANDOM, LEAST_REQUEST, RING_HASH and MAGLEV are");
                return BalancingPolicy.WeightedRoundRobin;
        }
    }

    public static BalancingConfig Config(Cluster cluster, ResourceFaults faults)
    {
        var common = cluster.CommonLbConfig;
        var config = new BalancingConfig
        {
            Choices = (int)Math.Clamp(cluster.LeastRequestLbConfig?.ChoiceCount ?? 2, 2, 100),
            SlowStart = SlowStart(cluster, faults),
            PanicThreshold = Percent(common?.HealthyPanicThreshold, Default.PanicThreshold, "common_lb_config.healthy_panic_threshold",
                faults),
            ByLocality = common?.LocalityWeightedLbConfig is not null,
            OwnZoneFirst = common?.ZoneAwareLbConfig is not null,
            OwnZoneFrom = (int)Math.Min(common?.ZoneAwareLbConfig?.MinClusterSize ?? (ulong)Default.OwnZoneFrom, int.MaxValue),
        };
        return cluster.LbConfigCase switch
        {
            Cluster.LbConfigOneofCase.RingHashLbConfig => Ring(config, cluster.RingHashLbConfig, faults),
            Cluster.LbConfigOneofCase.MaglevLbConfig => Table(config, cluster.MaglevLbConfig, faults),
            _ => config,
        };
    }

    public static double Percent(Percent? percent, double otherwise, string field, ResourceFaults faults)
    {
        if (percent is null)
            return otherwise;
        if (percent.Value is >= 0 and <= 100)
            return percent.Value;
        faults.Add(field, $"{percent.Value} is not between 0 and 100");
        return otherwise;
    }

    private static BalancingConfig Ring(BalancingConfig config, Cluster.Types.RingHashLbConfig ring, ResourceFaults faults)
    {
        var least = ring.MinimumRingSize ?? (ulong)Default.MinRing;
        var most = ring.MaximumRingSize ?? (ulong)Default.MaxRing;
        if (ring.HashFunction != Cluster.Types.RingHashLbConfig.Types.HashFunction.XxHash)
            faults.Add("ring_hash_lb_config.hash_function", $"{ring.HashFunction} is not supported: XX_HASH is");
        if (least is 0 or > LargestRing || most is 0 or > LargestRing || least > most)
            faults.Add("ring_hash_lb_config", $"sizes have to be between 1 and {LargestRing}, the least no greater than the greatest");
        return config with { MinRing = (int)Math.Min(least, LargestRing), MaxRing = (int)Math.Min(most, LargestRing) };
    }

    private static BalancingConfig Table(BalancingConfig config, Cluster.Types.MaglevLbConfig table, ResourceFaults faults)
    {
        if (table.TableSize is not { } size)
            return config;
        if (size > LargestTable || !IsPrime(size))
        {
            faults.Add("maglev_lb_config.table_size", $"{size} is not a prime up to {LargestTable}");
            return config;
        }

        return config with { TableSize = (int)size };
    }

    private static SlowStartConfig? SlowStart(Cluster cluster, ResourceFaults faults)
    {
        var (slow, field) = cluster.LbConfigCase == Cluster.LbConfigOneofCase.LeastRequestLbConfig
            ? (cluster.LeastRequestLbConfig.SlowStartConfig, "least_request_lb_config.slow_start_config")
            : (cluster.RoundRobinLbConfig?.SlowStartConfig, "round_robin_lb_config.slow_start_config");
        if (slow is null || faults.Duration(slow.SlowStartWindow, $"{field}.slow_start_window") is not { } window
            || window == TimeSpan.Zero)
            return null;
        var aggression = slow.Aggression?.DefaultValue ?? 1;
        if (!(aggression > 0))
        {
            faults.Add($"{field}.aggression", $"{aggression} is not above 0");
            return null;
        }

        return new SlowStartConfig(window, aggression, Percent(slow.MinWeightPercent, 10, $"{field}.min_weight_percent", faults) / 100);
    }

    private static bool IsPrime(ulong number)
    {
        for (var divisor = 2UL; divisor * divisor <= number; divisor++)
        {
            if (number % divisor == 0)
                return false;
        }

        return number > 1;
    }
}
