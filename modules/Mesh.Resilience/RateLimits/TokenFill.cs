using Mesh.Contracts.Resilience;

namespace Mesh.Resilience.RateLimits;

/// <summary>
/// How a token bucket is filled to let a number of requests through in each unit: as few tokens at a time as the shortest interval allows.
/// </summary>
/// <param name="Tokens">Added at a time, at least 1.</param>
/// <param name="Interval">Between two fillings, at least 50 ms, which is what Envoy takes.</param>
internal readonly record struct TokenFill(int Tokens, TimeSpan Interval)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);

    public static TokenFill Of(RateLimitPolicy policy)
    {
        var unit = UnitOf(policy);
        var tokens = Math.Max(1, (int)Math.Ceiling((double)policy.Requests * Shortest.Ticks / unit.Ticks));
        return new(tokens, TimeSpan.FromTicks(unit.Ticks * tokens / policy.Requests));
    }

    public static TimeSpan UnitOf(RateLimitPolicy policy) => policy.Unit switch
    {
        RateLimitUnit.Second => TimeSpan.FromSeconds(1),
        RateLimitUnit.Minute => TimeSpan.FromMinutes(1),
        _ => TimeSpan.FromHours(1),
    };
}
