using Mesh.DataPlane.Resilience;

namespace Mesh.DataPlane.Routing;

/// <summary>
/// How many requests this data plane lets through: <c>envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit</c>.
/// </summary>
/// <param name="Bucket">The tokens. It is kept over changes of the configuration that say the same of it.</param>
public sealed record LocalRateLimit(TokenBucket Bucket)
{
    /// <summary>The share of requests that take a token, of a million.</summary>
    public int Enabled { get; init; } = FaultPolicy.Whole;

    /// <summary>The share of those without a token that are refused, of a million.</summary>
    public int Enforced { get; init; } = FaultPolicy.Whole;

    /// <summary>Whether gRPC calls are refused with RESOURCE_EXHAUSTED instead of UNAVAILABLE.</summary>
    public bool AsResourceExhausted { get; init; }

    /// <summary>How the headers of refusals are changed, or null.</summary>
    public HeaderMutations? ResponseHeaders { get; init; }

    /// <summary>Has a request pass, if it may: it takes a token.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="random">Where draws come from.</param>
    /// <param name="wait">Where it may not: how long until one may.</param>
    public bool TryPass(TimeProvider time, Random random, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        return !FaultPolicy.Draw(Enabled, random) || Bucket.TryTake(time, out wait) || !FaultPolicy.Draw(Enforced, random);
    }
}
