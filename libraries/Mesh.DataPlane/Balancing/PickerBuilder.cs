namespace Mesh.DataPlane.Balancing;

/// <summary>
/// Decides which endpoints of a cluster are available, at which priority and with which weight, and makes the picker for them. Runs when
/// endpoints change, when one is ejected or unejected, and periodically while one is warming up; never on the usual path of a request.
/// </summary>
internal sealed class PickerBuilder(
    BalancingPolicy policy, BalancingConfig balancing, ClusterState state, long now,
    double overprovisioning = PriorityLoads.Overprovisioning)
{
    private const int WarmingSteps = 50;
    private bool _warming;

    /// <summary>
    /// Until when the picker holds: while endpoints are warming up their weights grow. A <see cref="TimeProvider"/> timestamp.
    /// </summary>
    public long ValidUntil => _warming ? now + state.Ticks(balancing.SlowStart!.Window / WarmingSteps) : long.MaxValue;

    /// <summary>The picker over the available endpoints.</summary>
    /// <param name="endpoints">All of the cluster.</param>
    /// <param name="ejections">Whether endpoints that were ejected are left out.</param>
    /// <param name="ownZone">The zone this data plane runs in, or null.</param>
    public EndpointPicker Build(IReadOnlyList<EndpointSnapshot> endpoints, bool ejections, string? ownZone = null)
    {
        var zoned = balancing.OwnZoneFirst && ownZone is not null && endpoints.Count >= balancing.OwnZoneFrom;
        var levels = endpoints
            .Where(e => e.Config.Health != EndpointHealth.Draining)
            .GroupBy(e => (e.Config.Priority, Foreign: zoned && e.Config.Zone != ownZone))
            .OrderBy(g => g.Key)
            .Select(g => Level.Of([.. g], ejections))
            .ToArray();
        ApplyPanicThreshold(levels);

        var (healthy, degraded) = PriorityLoads.Of([.. levels.Select(l => (l.Healthy.Length, l.Degraded.Length, l.All.Length))],
            overprovisioning);
        var pickers = new List<(EndpointPicker Picker, double Load)>();
        var several = levels.Sum(l => (l.Healthy.Length > 0 ? 1 : 0) + (l.Degraded.Length > 0 ? 1 : 0)) > 1;
        for (var i = 0; i < levels.Length; i++)
        {
            if (levels[i].Healthy.Length > 0)
                pickers.Add((Leaf(levels[i].Healthy, levels[i].All, several), healthy[i]));
        }

        for (var i = 0; i < levels.Length; i++)
        {
            if (levels[i].Degraded.Length > 0)
                pickers.Add((Leaf(levels[i].Degraded, levels[i].All, several), degraded[i]));
        }

        return pickers.Count switch
        {
            0 => EndpointPicker.None,
            1 => pickers[0].Picker,
            _ => new PriorityPicker([.. pickers], policy.Hashes(), state.Random),
        };
    }

    /// <summary>
    /// The panic threshold: where so many endpoints are ejected that the rest would be overloaded and no other level can help, ejections
    /// are ignored.
    /// </summary>
    private void ApplyPanicThreshold(Level[] levels)
    {
        if (levels.Sum(l => PriorityLoads.Capacity(l.Healthy.Length + l.Degraded.Length, l.All.Length, overprovisioning)) >= 100)
            return;
        for (var i = 0; i < levels.Length; i++)
        {
            var available = levels[i].Healthy.Length + levels[i].Degraded.Length;
            if (available < levels[i].Eligible && 100.0 * available / levels[i].Eligible < balancing.PanicThreshold)
                levels[i] = Level.Of(levels[i].All, ejections: false);
        }
    }

    private EndpointPicker Leaf(EndpointSnapshot[] available, EndpointSnapshot[] all, bool several)
    {
        var weights = Weights(available, all);
        return policy switch
        {
            BalancingPolicy.LeastRequest => new LeastRequestPicker(available, weights, balancing.Choices, state.Random),
            BalancingPolicy.Random => new RandomPicker(available, weights, state.Random),
            BalancingPolicy.RingHash => new RingHashPicker(available, weights, balancing.MinRing, balancing.MaxRing),
            BalancingPolicy.Maglev => new MaglevPicker(available, weights, balancing.TableSize),
            // Levels that took turns of one counter would see only every so many of them, always the same ones.
            _ => new WeightedRoundRobinPicker(available, weights, several ? new TurnCounter(state.Random) : state.Turns),
        };
    }

    private uint[] Weights(EndpointSnapshot[] available, EndpointSnapshot[] all)
    {
        var slow = policy.Hashes() || policy == BalancingPolicy.Random ? null : balancing.SlowStart;
        if (slow is null && !balancing.ByLocality)
            return Array.ConvertAll(available, e => e.Weight);

        var weights = Array.ConvertAll(available, e => (double)e.Weight);
        if (balancing.ByLocality)
            ShareOut(weights, available, all);
        if (slow is not null)
            Warm(weights, available, slow);
        return EffectiveWeights.Whole(weights);
    }

    /// <summary>A locality's weight, less what it has lost of its endpoints, is shared by those that are left.</summary>
    private void ShareOut(double[] weights, EndpointSnapshot[] available, EndpointSnapshot[] all)
    {
        foreach (var locality in available.Select((endpoint, at) => (endpoint.Config.Locality, endpoint.Config.LocalityWeight, At: at))
            .GroupBy(e => e.Locality))
        {
            var sum = locality.Sum(e => weights[e.At]);
            var capacity = PriorityLoads.Capacity(locality.Count(), all.Count(e => e.Config.Locality == locality.Key),
                overprovisioning) / 100;
            foreach (var (_, weight, at) in locality)
                weights[at] *= weight * capacity / sum;
        }
    }

    private void Warm(double[] weights, EndpointSnapshot[] available, SlowStartConfig slow)
    {
        for (var i = 0; i < available.Length; i++)
        {
            var share = slow.ShareAfter(state.Time.GetElapsedTime(available[i].State.Since, now));
            _warming |= share < 1;
            weights[i] *= share;
        }
    }

    /// <summary>One priority: its healthy and its degraded endpoints, and how many would be available if none were ejected.</summary>
    private readonly record struct Level(EndpointSnapshot[] All, EndpointSnapshot[] Healthy, EndpointSnapshot[] Degraded, int Eligible)
    {
        public static Level Of(EndpointSnapshot[] all, bool ejections) => new(
            all,
            Array.FindAll(all,
                e => e.Config.Health is EndpointHealth.Healthy or EndpointHealth.Unknown && !(ejections && e.State.IsEjected)),
            Array.FindAll(all, e => e.Config.Health == EndpointHealth.Degraded && !(ejections && e.State.IsEjected)),
            all.Count(e => e.Config.Health != EndpointHealth.Unhealthy));
    }
}
