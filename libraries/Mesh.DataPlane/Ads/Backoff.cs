namespace Mesh.DataPlane.Ads;

/// <summary>Pauses that double up to a limit, each shortened by up to half at random, so that many clients do not come back at once.</summary>
public sealed class Backoff(TimeSpan first, TimeSpan longest, Random random)
{
    private int _failures;

    /// <summary>The next pause.</summary>
    public TimeSpan Next()
    {
        var whole = Math.Min(longest.Ticks, first.Ticks * Math.Pow(2, Math.Min(_failures++, 30)));
        return TimeSpan.FromTicks((long)(whole * (0.5 + (random.NextDouble() / 2))));
    }

    /// <summary>Begins again, after a success.</summary>
    public void Reset() => _failures = 0;
}
