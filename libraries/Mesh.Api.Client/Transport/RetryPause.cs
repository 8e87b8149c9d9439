using Mesh.Contracts.Waiting;

namespace Mesh.Api.Client.Transport;

/// <summary>When a call is repeated, and after which pause.</summary>
internal static class RetryPause
{
    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2));

    /// <summary>Exponential, with jitter over its upper half; the server's Retry-After where it is longer.</summary>
    public static TimeSpan Of(int attempt, TimeSpan? retryAfter)
    {
        var pause = Pauses.After(attempt + 1, Random.Shared);
        return retryAfter > pause ? retryAfter.Value : pause;
    }
}
