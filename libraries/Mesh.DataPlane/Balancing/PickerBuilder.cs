namespace Mesh.DataPlane.Balancing;

/// <summary>
/// Decides who of a cluster is fit, at which priority and with which weight, and makes the picker for that. Runs when endpoints change, when one is
/// ejected or comes back, and every now and then while one is warming up; never on a request's usual way.
/// </summary>
internal sealed class PickerBuilder(
    BalancingPolicy policy, BalancingConfig balancing, ClusterState state, long now, double overprovisioning = PriorityLoads.Overprovisioning)
{
    private const int WarmingSteps = 50;
    private bool _warming;

    /// <summary>Until when the picker holds: while endpoints are warming up their weights grow. A <see cref="TimeProvider"/> timestamp.</summary>
    public long ValidUntil => _warming ? now + state.Ticks(balancing.SlowStart!.Window / WarmingSteps) : long.MaxValue;

    /// <summary>The picker over those that are fit.</summary>
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
        Calm(levels);

        var (healthy, degraded) = PriorityLoads.Of([.. levels.Select(l => (l.Healthy.Length, l.Degraded.Length, l.All.Length))], overprovisioning);
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

    /// <summary>Where so many are ejected that the rest would be overrun and no other level can help, ejections do not count any more.</summary>
    private void Calm(Level[] levels)
    {
        if (levels.Sum(l => PriorityLoads.Capacity(l.Healthy.Length + l.Degraded.Length, l.All.Length, overprovisioning)) >= 100)
            return;
        for (var i = 0; i < levels.Length; i++)
        {
            var standing = levels[i].Healthy.Length + levels[i].Degraded.Length;
            if (standing < levels[i].Fit && 100.0 * standing / levels[i].Fit < balancing.PanicThreshold)
                levels[i] = Level.Of(levels[i].All, ejections: false);
        }
    }

    private EndpointPicker Leaf(EndpointSnapshot[] fit, EndpointSnapshot[] all, bool several)
    {
        var weights = Weights(fit, all);
        return policy switch
        {
            BalancingPolicy.LeastRequest => new LeastRequestPicker(fit, weights, balancing.Choices, state.Random),
            BalancingPolicy.Random => new RandomPicker(fit, weights, state.Random),
            BalancingPolicy.RingHash => new RingHashPicker(fit, weights, balancing.MinRing, balancing.MaxRing),
            BalancingPolicy.Maglev => new MaglevPicker(fit, weights, balancing.TableSize),
            // Levels that took turns of one counter would see only every so many of them, always the same ones.
            _ => new WeightedRoundRobinPicker(fit, weights, several ? new TurnCounter(state.Random) : state.Turns),
        };
    }

    private uint[] Weights(EndpointSnapshot[] fit, EndpointSnapshot[] all)
    {
        var slow = policy.Hashes() || policy == BalancingPolicy.Random ? null : balancing.SlowStart;
        if (slow is null && !balancing.ByLocality)
            return Array.ConvertAll(fit, e => e.Weight);

        var weights = Array.ConvertAll(fit, e => (double)e.Weight);
        if (balancing.ByLocality)
            ShareOut(weights, fit, all);
        if (slow is not null)
            Warm(weights, fit, slow);
        return EffectiveWeights.Whole(weights);
    }

    /// <summary>A locality's weight, less what it has lost of its endpoints, is shared by those that are left.</summary>
    private void ShareOut(double[] weights, EndpointSnapshot[] fit, EndpointSnapshot[] all)
    {
        foreach (var locality in fit.Select((endpoint, at) => (endpoint.Config.Locality, endpoint.Config.LocalityWeight, At: at)).GroupBy(e => e.Locality))
        {
            var sum = locality.Sum(e => weights[e.At]);
            var capacity = PriorityLoads.Capacity(locality.Count(), all.Count(e => e.Config.Locality == locality.Key), overprovisioning) / 100;
            foreach (var (_, weight, at) in locality)
                weights[at] *= weight * capacity / sum;
        }
    }

    private void Warm(double[] weights, EndpointSnapshot[] fit, SlowStartConfig slow)
    {
        for (var i = 0; i < fit.Length; i++)
        {
            var share = slow.ShareAfter(state.Time.GetElapsedTime(fit[i].State.Since, now));
            _warming |= share < 1;
            weights[i] *= share;
        }
    }

    /// <summary>One priority: those that are well, those that are so so, and how many would be fit if none were ejected.</summary>
    private readonly record struct Level(EndpointSnapshot[] All, EndpointSnapshot[] Healthy, EndpointSnapshot[] Degraded, int Fit)
    {
        public static Level Of(EndpointSnapshot[] all, bool ejections) => new(
            all,
            Array.FindAll(all, e => e.Config.Health is EndpointHealth.Healthy or EndpointHealth.Unknown && !(ejections && e.State.IsEjected)),
            Array.FindAll(all, e => e.Config.Health == EndpointHealth.Degraded && !(ejections && e.State.IsEjected)),
            all.Count(e => e.Config.Health != EndpointHealth.Unhealthy));
    }
}
