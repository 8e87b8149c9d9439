namespace Mesh.Contracts.Waiting;

/// <summary>Exponential pauses with jitter, so that many that failed together do not come back together.</summary>
/// <param name="First">After the first failure; doubled with each that follows.</param>
/// <param name="Longest">No pause is longer.</param>
public readonly record struct Backoff(TimeSpan First, TimeSpan Longest)
{
    // Doubled more often, any pause is longer than the longest.
    private const int MostDoublings = 62;

    /// <summary>The part of a pause that is drawn at random, from 0 (none) to 1 (all of it). <value>0.5</value></summary>
    public double Jitter { get; init; } = 0.5;

    /// <summary>How long to wait after so many failures in a row, without jitter.</summary>
    /// <param name="failures">1 after the first.</param>
    public TimeSpan Full(int failures)
    {
        var doubled = First.Ticks * Math.Pow(2, Math.Clamp(failures - 1, 0, MostDoublings));
        return doubled < Longest.Ticks ? new TimeSpan((long)doubled) : Longest;
    }

    /// <summary>
    /// How long to wait after so many failures in a row: <see cref="Full"/>, shortened by up to <see cref="Jitter"/> of it.
    /// </summary>
    /// <param name="failures">1 after the first.</param>
    /// <param name="random">Where the draw comes from.</param>
    public TimeSpan After(int failures, Random random) => Full(failures) * (1 - (Jitter * random.NextDouble()));

    /// <summary>A regular interval, shortened or prolonged by up to a share of it, so that many do not come at the same moment.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="share">0.2 for 80 to 120 % of it.</param>
    /// <param name="random">Where the draw comes from.</param>
    public static TimeSpan Around(TimeSpan interval, double share, Random random) =>
        interval * (1 + (share * ((2 * random.NextDouble()) - 1)));
}
