namespace Mesh.Kernel;

/// <summary>Exponential waiting with jitter, so that many do not come back at once.</summary>
/// <param name="First">After the first failure.</param>
/// <param name="Longest">Never longer than this.</param>
public readonly record struct Backoff(TimeSpan First, TimeSpan Longest)
{
    /// <summary>How long to wait after so many failures in a row (1 for the first); between half and all of the exponential value.</summary>
    public TimeSpan After(int failures, Random random)
    {
        var full = Math.Min(Longest.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 30)));
        return TimeSpan.FromMilliseconds(full * (0.5 + random.NextDouble() / 2));
    }
}
