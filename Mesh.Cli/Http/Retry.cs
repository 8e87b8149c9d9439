using System.Net;
using Mesh.Contracts.Waiting;

namespace Mesh.Cli.Http;

/// <summary>
/// When a request is sent again. Reads may always be; writes carry an Idempotency-Key, so that one that was done although its
/// answer was lost is not done twice.
/// </summary>
internal static class Retry
{
    /// <summary>How long a mesh that has shown signs of life is waited for: a restarting registry is back within seconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>How long one that refuses every connection is waited for, so that a mistyped port is told at once.</summary>
    public static readonly TimeSpan PatienceWhenRefused = TimeSpan.FromMilliseconds(600);

    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2));

    /// <summary>Whether the status means "not now".</summary>
    public static bool IsTransient(HttpStatusCode status) =>
        status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout;

    /// <summary>Exponential with jitter; the server's Retry-After where it is longer.</summary>
    public static TimeSpan Pause(int attempt, TimeSpan? retryAfter)
    {
        var pause = Pauses.After(attempt + 1, Random.Shared);
        return retryAfter > pause ? retryAfter.Value : pause;
    }
}
