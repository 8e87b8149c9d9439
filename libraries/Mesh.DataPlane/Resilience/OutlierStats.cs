namespace Mesh.DataPlane.Resilience;

/// <summary>How an attempt ended, as far as its endpoint is to be judged by it.</summary>
public enum AttemptOutcome
{
    /// <summary>An answer that is not a fault of the endpoint's.</summary>
    Success,

    /// <summary>A 5xx that the endpoint itself is to be blamed for.</summary>
    Failure,

    /// <summary>502, 503, 504, or no answer at all.</summary>
    GatewayFailure,
}

/// <summary>What one endpoint's answers were like since the last look.</summary>
internal sealed class OutlierStats
{
    public int FailuresInARow;
    public int GatewayFailuresInARow;
    public int Successes;
    public int Failures;

    /// <summary>How many times the base an ejection lasts. Guarded by the detector, like the next.</summary>
    public int Multiplier;

    /// <summary>Until when it is ejected.</summary>
    public long Until;

    /// <summary>The interval's requests and the share of successes among them, 0 to 1.</summary>
    public (int Volume, double Rate) Take()
    {
        var (good, bad) = (Interlocked.Exchange(ref Successes, 0), Interlocked.Exchange(ref Failures, 0));
        return (good + bad, good + bad == 0 ? 1 : (double)good / (good + bad));
    }
}
