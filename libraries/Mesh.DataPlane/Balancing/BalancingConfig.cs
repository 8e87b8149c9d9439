namespace Mesh.DataPlane.Balancing;

/// <summary>The finer points of how a cluster's requests are spread, with what holds where the control plane says nothing.</summary>
public sealed record BalancingConfig
{
    /// <summary>Nothing set.</summary>
    public static BalancingConfig Default { get; } = new();

    /// <summary>How many endpoints are drawn before the one with the fewest requests is taken. <value>2</value></summary>
    public int Choices { get; init; } = 2;

    /// <summary>The least number of points on a hash ring. <value>1,024</value></summary>
    public int MinRing { get; init; } = 1024;

    /// <summary>The greatest number of points on a hash ring. <value>8,388,608</value></summary>
    public int MaxRing { get; init; } = 8_388_608;

    /// <summary>The slots of a maglev table, a prime. <value>65,537</value></summary>
    public int TableSize { get; init; } = 65_537;

    /// <summary>How new endpoints are warmed up, or null for not at all.</summary>
    public SlowStartConfig? SlowStart { get; init; }

    /// <summary>
    /// Below this share of endpoints that are not ejected, in percent, ejections are not believed any more and all get traffic. What the
    /// control plane calls unhealthy never does. <value>50</value>
    /// </summary>
    public double PanicThreshold { get; init; } = 50;

    /// <summary>Whether localities have weights of their own, which their endpoints then share.</summary>
    public bool ByLocality { get; init; }

    /// <summary>Whether endpoints in this data plane's own zone are taken before all others.</summary>
    public bool OwnZoneFirst { get; init; }

    /// <summary>How many endpoints a cluster must have for its own zone to go first. <value>6</value></summary>
    public int OwnZoneFrom { get; init; } = 6;
}

/// <summary>How a new endpoint's weight grows to its full size.</summary>
/// <param name="Window">How long that takes.</param>
/// <param name="Aggression">1 grows evenly, more grows faster at first.</param>
/// <param name="MinWeight">The share of its weight that it begins with, at least; 0 to 1.</param>
public sealed record SlowStartConfig(TimeSpan Window, double Aggression = 1, double MinWeight = 0.1)
{
    /// <summary>The share of its weight that an endpoint has got to, this long after it came.</summary>
    public double ShareAfter(TimeSpan age)
    {
        if (age >= Window)
            return 1;
        var progress = Math.Max(age.TotalSeconds, 0) / Window.TotalSeconds;
        return Math.Max(MinWeight, Math.Pow(progress, 1 / Aggression));
    }
}
