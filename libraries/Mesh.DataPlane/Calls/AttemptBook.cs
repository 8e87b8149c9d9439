using System.Runtime.InteropServices;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Resilience;

namespace Mesh.DataPlane.Calls;

/// <summary>
/// Begins and ends single attempts, and says what they were like wherever that counts: to the balancer, outlier detection, load reports and
/// circuit breakers. Flow step 9.
/// </summary>
internal sealed class AttemptBook(int maxAttempts, TimeProvider time)
{
    /// <summary>The endpoint of the next attempt; null where there is none left.</summary>
    public EndpointSnapshot? Pick(CallState call, ClusterSnapshot? cluster)
    {
        if (cluster is null || call.Trail?.Offers >= maxAttempts)
            return null;
        var now = time.GetTimestamp();
        var picker = cluster.PickerAt(now);
        var hash = call.HashFor(cluster);
        var endpoint = picker.Pick(CollectionsMarshal.AsSpan(call.Trail?.Tried), now, hash);
        // Another attempt that a policy has asked for, or of which the last one says nothing, is made where there is only this endpoint.
        return endpoint is null && call.Trail is { MayReturn: true } ? picker.Pick([], now, hash) : endpoint;
    }

    /// <summary>An attempt begins; <see cref="End"/> follows.</summary>
    /// <returns>The end of its time.</returns>
    public CancellationToken Begin(CallState call, ClusterSnapshot cluster, EndpointSnapshot endpoint)
    {
        call.Begin(cluster, endpoint, time.GetTimestamp());
        endpoint.State.Begin();
        endpoint.Tally.Begin();
        return call.Retries is { } retries ? retries.BeginAttempt(call.Deadline, time) : call.Deadline?.Token ?? CancellationToken.None;
    }

    /// <summary>The attempt is over.</summary>
    /// <param name="call">Its call.</param>
    /// <param name="failure">How it failed, or null where it was answered.</param>
    public void End(CallState call, AttemptFailure? failure)
    {
        var (cluster, endpoint) = (call.Cluster!, call.Endpoint!);
        call.Retries?.EndAttempt();
        endpoint.State.End();
        endpoint.Tally.End(call.Head.LoadOf(failure), call.Head.IsUpgraded ? -1 : time.GetTimestamp() - call.Sent);
        if (cluster.Config.Breakers is { LimitsRequests: true } breakers)
            cluster.State.Gate.Leave(breakers);
        if (failure is null)
            endpoint.State.Reached();
        if (call.Head.OutcomeOf(failure) is { } outcome)
            ReportOutlier(cluster, endpoint, outcome);
        call.End(failure);
    }

    /// <summary>Reports an attempt to outlier detection.</summary>
    public static void ReportOutlier(ClusterSnapshot cluster, EndpointSnapshot endpoint, AttemptOutcome outcome)
    {
        if (cluster.Config.Outliers is { } outliers)
            cluster.State.Outliers.Report(outliers, cluster.Endpoints, endpoint.State, outcome);
    }
}
