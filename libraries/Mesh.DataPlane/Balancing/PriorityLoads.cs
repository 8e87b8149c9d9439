namespace Mesh.DataPlane.Balancing;

/// <summary>
/// How Envoy and gRPC's clients spread load over priorities: a level keeps all its traffic until fewer than 1 in 1.4 of its endpoints are
/// well (or as the load assignment says), then gives away what it cannot carry, gently; degraded endpoints get what no healthy one of any
/// level can carry.
/// </summary>
internal static class PriorityLoads
{
    /// <summary>What a level can carry beyond its share of well endpoints, where the control plane says nothing else.</summary>
    public const double Overprovisioning = 1.4;

    /// <summary>The share of a level, in percent, that so many well ones among all can carry.</summary>
    public static double Capacity(int well, int all, double overprovisioning = Overprovisioning) =>
        all == 0 ? 0 : Math.Min(100, overprovisioning * 100 * well / all);

    /// <summary>The load of each level's healthy and degraded endpoints in percent, 100 in all unless nobody can carry anything.</summary>
    public static (double[] Healthy, double[] Degraded) Of(
        ReadOnlySpan<(int Healthy, int Degraded, int All)> levels, double overprovisioning = Overprovisioning)
    {
        var healthy = new double[levels.Length];
        var degraded = new double[levels.Length];
        var total = 0.0;
        foreach (var level in levels)
            total += Capacity(level.Healthy, level.All, overprovisioning) + Capacity(level.Degraded, level.All, overprovisioning);
        total = Math.Min(100, total);
        if (total == 0)
            return (healthy, degraded);

        var left = 100.0;
        for (var i = 0; i < levels.Length; i++)
            left -= healthy[i] = Math.Min(left, Capacity(levels[i].Healthy, levels[i].All, overprovisioning) * 100 / total);
        for (var i = 0; i < levels.Length; i++)
            left -= degraded[i] = Math.Min(left, Capacity(levels[i].Degraded, levels[i].All, overprovisioning) * 100 / total);
        return (healthy, degraded);
    }
}
