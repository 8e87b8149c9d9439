using System.Globalization;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Loads;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;
using Mesh.Traffic.Delivery.Decisions;
using Mesh.Traffic.Delivery.State;

namespace Mesh.Traffic.Delivery.Reconciling;

/// <summary>
/// Judges a canary by the state and by what data planes have reported since its step began (Flow step 8). Pure, so that any worker, and
/// whoever asks how it is doing, comes to the same: a violated bound aborts at once, too little known holds, and only what is known to be
/// well goes on.
/// </summary>
internal static class CanaryJudge
{
    /// <summary>The verdict.</summary>
    /// <param name="state">For who serves what.</param>
    /// <param name="canary">It runs.</param>
    /// <param name="now">UTC.</param>
    /// <param name="stable">Of the stable one since the step began; null if that cannot be read.</param>
    /// <param name="tried">Of the canary, likewise.</param>
    public static CanaryVerdict Judge(MeshState state, CanaryState canary, DateTimeOffset now, LoadWindow? stable, LoadWindow? tried)
    {
        var observed = stable is null || tried is null ? null : new CanaryObservation { Stable = Seen(stable), Canary = Seen(tried) };
        var wrong = DeliveryRoute.IsServed(state, canary.Tried)
            ? tried is null ? null : Violation(canary, stable, tried)
            : $"no instance serves {canary.Tried.Cluster} any more";
        if (wrong is not null)
        {
            return DeliveryRoute.IsServed(state, canary.Stable)
                ? new(CanaryNext.Aborts, wrong, observed)
                : new(CanaryNext.Holds,
                    $"{wrong}; but no instance serves {canary.Stable.Cluster} either, so there is nothing to go back to", observed);
        }

        if (stable is null || tried is null) return new(CanaryNext.Holds, "load reports cannot be read now (is Redis available?)", null);
        var left = canary.Since + canary.BakeTime - now;
        if (left > TimeSpan.Zero) return new(CanaryNext.Bakes, $"is watched until {canary.Since + canary.BakeTime:u}", observed);
        return Missing(canary, stable, tried) is { } missing
            ? new(CanaryNext.Holds, missing, observed)
            : new(CanaryNext.Advances,
                $"{Percent(tried.Failed, tried.Total)} of {tried.Total} requests "
                    + $"failed{(tried.MeanMilliseconds is { } mean ? $", mean {Ms(mean)}" : "")}", observed);
    }

    private static string? Violation(CanaryState canary, LoadWindow? stable, LoadWindow tried)
    {
        var bounds = canary.Spec.Success!;
        var least = bounds.MinRequests!.Value;
        // With so many failures it would be over the bound even if all requests that are missing succeeded.
        if (tried.Failed * 100.0 > bounds.MaxErrorPercent!.Value * Math.Max(tried.Total, least))
            return $"{tried.Failed} of {tried.Total} requests failed, {Percent(tried.Failed, tried.Total)}; at most "
                + $"{Number(bounds.MaxErrorPercent.Value)} % may";
        if (tried.Timed < least || tried.MeanMilliseconds is not { } mean) return null;
        if (bounds.MaxMeanLatency is { } longest && mean > Durations.TryParse(longest)!.Value.TotalMilliseconds)
            return $"the mean latency is {Ms(mean)}; at most {longest} are allowed";
        return IsCompared(canary) && stable is not null && stable.Timed >= least && stable.MeanMilliseconds is { } usual
            && mean > usual * bounds.MaxLatencyRatio!.Value
            ? $"the mean latency is {Ms(mean)}, that of the stable version {Ms(usual)}; at most {Number(bounds.MaxLatencyRatio.Value)} "
                + "times as much is allowed"
            : null;
    }

    private static string? Missing(CanaryState canary, LoadWindow stable, LoadWindow tried)
    {
        var bounds = canary.Spec.Success!;
        var least = bounds.MinRequests!.Value;
        if (tried.Total < least) return $"has had {tried.Total} of the {least} requests that a step needs";
        if (bounds.MaxMeanLatency is null && !IsCompared(canary)) return null;
        if (tried.Timed < least)
            return $"the latency is known of {tried.Timed} of its requests only, and a step needs {least} (gRPC's own clients report none)";
        return IsCompared(canary) && stable.Timed < least
            ? $"to compare with, {least} requests to the stable one are needed whose latency is known; there are {stable.Timed}"
            : null;
    }

    // At 100 percent the stable one gets no requests that could be compared with.
    private static bool IsCompared(CanaryState canary) => canary.Spec.Success!.MaxLatencyRatio is not null && canary.Weight < 100;

    private static ObservedLoad Seen(LoadWindow window) => new()
    {
        Requests = window.Total, Failed = window.Failed,
        MeanMilliseconds = window.MeanMilliseconds is { } mean ? Math.Round(mean, 2) : null,
    };

    private static string Percent(long part, long all) =>
        string.Create(CultureInfo.InvariantCulture, $"{(all == 0 ? 0 : part * 100.0 / all):0.##} %");

    private static string Ms(double milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.#} ms");

    private static string Number(double number) => number.ToString("0.####", CultureInfo.InvariantCulture);
}
