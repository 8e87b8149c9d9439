using System.Globalization;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Refuses what is more than the called service's rate limit lets through, before anything else is done with a request: it is not sent
/// anywhere, has no faults put into it and goes to no fallback. Flow step 9.
/// </summary>
internal sealed class RateLimiting(GatewayMetrics metrics, TimeProvider time, ISharedLimits shared)
{
    /// <summary>Refuses a request that its route's own bucket has no token for; null if it may pass.</summary>
    public Task? TryRefuseAsync(HttpContext context, string service, LocalRateLimit limit)
    {
        if (limit.TryPass(time, Random.Shared, out var wait))
            return null;
        metrics.RateLimited(service, "local");
        var bucket = limit.Bucket.Config;
        var refusal = limit.AsResourceExhausted
            ? GatewayRefusal.RateLimited
            : GatewayRefusal.RateLimited with { Grpc = GrpcStatus.Unavailable };
        return Answers.RefuseAsync(context, refusal, service,
            $"The rate-limit policy of service '{service}' (local to this gateway) lets {bucket.Burst} requests through at once and "
            + $"{bucket.Tokens} each {Seconds(bucket.Interval)} s.", headers =>
            {
                limit.ResponseHeaders?.Apply(new AnswerHeaders(headers));
                headers.RetryAfter = RetryAfter(wait);
            });
    }

    /// <summary>Refuses a request that there is no token for of those that all data planes share; false if it may pass.</summary>
    public async ValueTask<bool> TryRefuseAsync(HttpContext context, string service, SharedTokens tokens)
    {
        var (verdict, wait) = (SharedVerdict.Passes, TimeSpan.Zero);
        try
        {
            (verdict, wait) = await tokens.TakeAsync(shared, time, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits for an answer any more.
            return true;
        }

        if (verdict == SharedVerdict.Unchecked)
            metrics.RateUnchecked(service);
        if (verdict != SharedVerdict.Refused)
            return false;
        metrics.RateLimited(service, "global");
        var limit = tokens.Limit;
        await Answers.RefuseAsync(context, GatewayRefusal.RateLimited, service,
            $"The rate-limit policy of service '{service}' (for all data planes together) lets {limit.Burst} requests through at once "
                + $"and {limit.Requests} each {limit.Seconds} s.",
            headers => headers.RetryAfter = RetryAfter(wait));
        return true;
    }

    private static string RetryAfter(TimeSpan wait) => Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan span) => span.TotalSeconds.ToString("0.######", CultureInfo.InvariantCulture);
}
