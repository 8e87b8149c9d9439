using Mesh.DataPlane.Routing;
using RetryPolicy = Mesh.DataPlane.Routing.RetryPolicy;

namespace Mesh.DataPlane.Reading;

/// <summary>Reads when a request is sent again.</summary>
internal static class RetryPolicyReader
{
    private static readonly Dictionary<string, RetryConditions> Conditions = new(StringComparer.OrdinalIgnoreCase)
    {
        ["connect-failure"] = RetryConditions.ConnectFailure,
        ["refused-stream"] = RetryConditions.RefusedStream,
        ["reset"] = RetryConditions.Reset,
        ["reset-before-request"] = RetryConditions.ResetBeforeRequest,
        ["5xx"] = RetryConditions.ServerError,
        ["gateway-error"] = RetryConditions.GatewayError,
        ["retriable-status-codes"] = RetryConditions.StatusCodes,
        ["retriable-4xx"] = RetryConditions.Retriable4xx,
        ["cancelled"] = RetryConditions.Cancelled,
        ["deadline-exceeded"] = RetryConditions.DeadlineExceeded,
        ["internal"] = RetryConditions.Internal,
        ["resource-exhausted"] = RetryConditions.ResourceExhausted,
        ["unavailable"] = RetryConditions.Unavailable,
    };

    public static RetryPolicy? Read(Xds.Protos.RetryPolicy? policy, string field, ResourceFaults faults)
    {
        if (policy is null)
            return null;

        // A condition that is unknown here is never met; the others hold, as with every other data plane.
        var on = RetryConditions.None;
        foreach (var condition in policy.RetryOn.Split(',', StringSplitOptions.TrimEntries))
            on |= Conditions.GetValueOrDefault(condition);
        var perTry = faults.Duration(policy.PerTryTimeout, $"{field}.per_try_timeout");
        var (least, most) = Backoff(policy.RetryBackOff, $"{field}.retry_back_off", faults);
        var retries = (int)Math.Min(policy.NumRetries ?? 1, 100);
        return on == RetryConditions.None || retries == 0 ? null : new RetryPolicy(on, retries)
        {
            PerTryTimeout = perTry == TimeSpan.Zero ? null : perTry,
            StatusCodes = [.. policy.RetriableStatusCodes.Select(c => (int)Math.Min(c, 1000))],
            BackoffBase = least,
            BackoffMax = most,
        };
    }

    private static (TimeSpan Base,
        TimeSpan Max) Backoff(Xds.Protos.RetryPolicy.Types.RetryBackOff? backoff, string field, ResourceFaults faults)
    {
        var least = faults.Duration(backoff?.BaseInterval, $"{field}.base_interval") ?? TimeSpan.FromMilliseconds(25);
        var most = faults.Duration(backoff?.MaxInterval, $"{field}.max_interval") ?? least * 10;
        if (backoff is not null && backoff.BaseInterval is null)
            faults.Add($"{field}.base_interval", "is missing");
        if (most < least)
            faults.Add($"{field}.max_interval", "is less than base_interval");
        return (least, most);
    }
}
