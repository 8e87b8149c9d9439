namespace Mesh.Contracts.Waiting;

/// <summary>Counts failures in a row for one that tries again. For one task at a time.</summary>
/// <param name="backoff">How long the pauses are.</param>
/// <param name="random">Where their jitter comes from.</param>
public sealed class BackoffState(Backoff backoff, Random random)
{
    private int _failures;

    /// <summary>Counts a failure and draws the pause after it.</summary>
    public TimeSpan Next()
    {
        if (_failures < int.MaxValue)
            _failures++;
        return backoff.After(_failures, random);
    }

    /// <summary>Begins again, after a success.</summary>
    public void Reset() => _failures = 0;
}
