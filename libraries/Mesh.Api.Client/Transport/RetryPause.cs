namespace Mesh.Api.Client.Transport;

/// <summary>When a call is repeated, and after which pause.</summary>
internal static class RetryPause
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100), Longest = TimeSpan.FromSeconds(2);

    /// <summary>Exponential, with jitter over its upper half; the server's Retry-After where it is longer.</summary>
    public static TimeSpan Of(int attempt, TimeSpan? retryAfter)
    {
        var ceiling = Math.Min(Longest.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, attempt));
        var pause = TimeSpan.FromMilliseconds(ceiling / 2 + Random.Shared.NextDouble() * ceiling / 2);
        return retryAfter > pause ? retryAfter.Value : pause;
    }
}
