using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Resilience;

namespace Mesh.DataPlane.Calls;

/// <summary>Makes single attempts, and says what they were like wherever that counts: to the balancer, outlier detection, load reports and circuit breakers. Flow step 9.</summary>
internal sealed class AttemptRunner(int maxAttempts, TimeProvider time)
{
    /// <summary>The endpoint of the next attempt; null where there is none left.</summary>
    public EndpointSnapshot? Pick(CallState call, ClusterSnapshot? cluster)
    {
        if (cluster is null || call.Offers >= maxAttempts)
            return null;
        var now = time.GetTimestamp();
        var picker = cluster.PickerAt(now);
        var hash = call.HashFor(cluster);
        var endpoint = picker.Pick(CollectionsMarshal.AsSpan(call.Tried), now, hash);
        // Another attempt that a policy has asked for, or of which the last one says nothing, is made where there is only this endpoint.
        return endpoint is null && call.MayReturn ? picker.Pick([], now, hash) : endpoint;
    }

    /// <summary>One attempt at one endpoint. Every request passes here: its state comes from a pool.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<AttemptResult> RunAsync<TTransport>(CallState call, ClusterSnapshot cluster, EndpointSnapshot endpoint, TTransport transport)
        where TTransport : ICallTransport
    {
        var result = default(AttemptResult);
        call.Begin(cluster, endpoint);
        endpoint.State.Begin();
        endpoint.Tally.Begin();
        var sent = time.GetTimestamp();
        try
        {
            var deadline = call.Deadline;
            using var perTry = call.Retries is not null && call.Plan.Retry!.PerTryTimeout is { } limit ? new CancellationTokenSource(limit, time) : null;
            using var either = perTry is null || deadline is null ? null : CancellationTokenSource.CreateLinkedTokenSource(perTry.Token, deadline.Token);
            call.PerTry = perTry;
            result = await transport.SendAsync(call, (either ?? perTry ?? deadline)?.Token ?? CancellationToken.None);
            call.PerTry = null;
            if (result.Failure is null)
                endpoint.State.Reached();
        }
        finally
        {
            endpoint.State.End();
            endpoint.Tally.End(call.Head.LoadOf(result.Failure), call.Head.IsUpgraded ? -1 : time.GetTimestamp() - sent);
            if (cluster.Config.Breakers is { LimitsRequests: true } breakers)
                cluster.State.Gate.Leave(breakers);
        }

        if (call.Head.OutcomeOf(result.Failure) is { } outcome)
            ReportOutlier(cluster, endpoint, outcome);
        call.End(result.Failure);
        return result;
    }

    /// <summary>Has outlier detection hear of an attempt.</summary>
    public static void ReportOutlier(ClusterSnapshot cluster, EndpointSnapshot endpoint, AttemptOutcome outcome)
    {
        if (cluster.Config.Outliers is { } outliers)
            cluster.State.Outliers.Report(outliers, cluster.Endpoints, endpoint.State, outcome);
    }
}
