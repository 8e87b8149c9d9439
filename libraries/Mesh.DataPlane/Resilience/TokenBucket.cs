namespace Mesh.DataPlane.Resilience;

/// <summary>How a bucket is filled: <c>envoy.type.v3.TokenBucket</c>.</summary>
/// <param name="Burst">Tokens that it holds, at least 1.</param>
/// <param name="Tokens">Tokens that come in each interval, at least 1.</param>
/// <param name="Interval">The interval, more than 0.</param>
public sealed record TokenBucketConfig(int Burst, int Tokens, TimeSpan Interval)
{
    /// <summary>The time in which one token comes.</summary>
    public double SecondsPerToken => Interval.TotalSeconds / Tokens;
}

/// <summary>
/// A bucket of tokens, full at first. All that it keeps is the time at which it will be full again, in one number, so that taking a token
/// is one comparison and exchange: no lock, no timer, nothing allocated. Tokens come one by one, where Envoy's come all of an interval
/// together.
/// </summary>
/// <param name="config">How it is filled.</param>
public sealed class TokenBucket(TokenBucketConfig config)
{
    private long _fullAt = long.MinValue;

    /// <summary>How it is filled.</summary>
    public TokenBucketConfig Config { get; } = config;

    /// <summary>Takes a token if there is one.</summary>
    /// <param name="time">The clock, always the same.</param>
    /// <param name="wait">How long until there will be one; zero if it was taken.</param>
    public bool TryTake(TimeProvider time, out TimeSpan wait)
    {
        var now = time.GetTimestamp();
        var each = Math.Max(1, (long)(Config.SecondsPerToken * time.TimestampFrequency));
        // A full bucket of a slow limit may stand for more time than the number holds.
        var room = (long)Int128.Min((Int128)each * Config.Burst, long.MaxValue / 4);
        while (true)
        {
            var fullAt = Volatile.Read(ref _fullAt);
            var next = Math.Max(fullAt, now) + each;
            var missing = next - now - room;
            if (missing > 0)
            {
                wait = time.GetElapsedTime(0, missing);
                return false;
            }

            if (Interlocked.CompareExchange(ref _fullAt, next, fullAt) != fullAt)
                continue;
            wait = TimeSpan.Zero;
            return true;
        }
    }
}
