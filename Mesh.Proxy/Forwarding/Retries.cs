using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Forwarding;

/// <summary>Decides for one request whether it is sent again, as its route's policy and its cluster's budget say. Flow step 9.</summary>
/// <param name="policy">What the route says.</param>
/// <param name="body">The request's body, or null if it has none.</param>
/// <param name="isRepeatable">Whether the request can be sent a second time at all.</param>
/// <param name="service">The service, for the metrics.</param>
/// <param name="metrics">Where it is counted.</param>
internal sealed class Retries(RetryPolicy policy, ReplayableBody? body, bool isRepeatable, string service, GatewayMetrics metrics)
{
    private RetryBudget? _budget;
    private bool _underWay;
    private int _done;

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan? PerTryTimeout => policy.PerTryTimeout;

    /// <summary>Says to the cluster that the request has come.</summary>
    public void Begin(ClusterSnapshot cluster)
    {
        if (_budget == cluster.State.Retries)
            return;
        _budget = cluster.State.Retries;
        _budget.Begin();
    }

    /// <summary>Whether the request is sent again after this answer.</summary>
    public bool Takes(ClusterSnapshot cluster, int status, int? grpc) => policy.Takes(status, grpc) && TryTake(cluster);

    /// <summary>Whether the request is sent again after it got none.</summary>
    public bool Takes(ClusterSnapshot cluster, Failure failure, bool isGrpc) => IsFor(failure, isGrpc) && TryTake(cluster);

    /// <summary>Whether the policy speaks of such a failure at all.</summary>
    public bool IsFor(Failure failure, bool isGrpc) => failure.NoAnswer is { } none && policy.Takes(none, isGrpc);

    /// <summary>Waits a little and has the body begin anew.</summary>
    public async Task Wait(TimeProvider time, CancellationToken cancellationToken)
    {
        var wait = policy.Backoff(_done, Random.Shared);
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken);
        body?.Rewind();
    }

    /// <summary>The attempt is over.</summary>
    public void AttemptEnded()
    {
        if (_underWay)
            _budget!.End();
        _underWay = false;
    }

    private bool TryTake(ClusterSnapshot cluster)
    {
        if (_done >= policy.Retries || !isRepeatable || body is { CanReplay: false })
            return false;
        var breakers = cluster.Config.Breakers;
        // A repetition that is followed by another one makes room for it.
        AttemptEnded();
        if (!_budget!.TryTake(breakers?.Budget ?? RetryBudgetConfig.Default, breakers?.MaxRetries))
        {
            metrics.OutOfBudget(service);
            return false;
        }

        _underWay = true;
        _done++;
        return true;
    }
}
