using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Calls;

/// <summary>How often one request has been sent again as its route's policy says, and what that has taken out of its cluster's budget.</summary>
/// <param name="policy">What the route says.</param>
/// <param name="service">The service, for who counts.</param>
/// <param name="events">Who counts.</param>
internal sealed class Retries(RetryPolicy policy, string service, ICallEvents events)
{
    private RetryBudget? _budget;
    private bool _underWay;

    /// <summary>How often.</summary>
    public int Count { get; private set; }

    /// <summary>Says to a cluster's budget that the request has come.</summary>
    public void Begin(ClusterSnapshot cluster)
    {
        if (_budget == cluster.State.Retries)
            return;
        _budget = cluster.State.Retries;
        _budget.Begin();
    }

    /// <summary>Takes one out of the cluster's budget, if there is one.</summary>
    public bool TryTake(ClusterSnapshot cluster)
    {
        var breakers = cluster.Config.Breakers;
        // A repetition that is followed by another one makes room for it.
        End();
        if (!_budget!.TryTake(breakers?.Budget ?? RetryBudgetConfig.Default, breakers?.MaxRetries))
        {
            events.OutOfBudget(service);
            return false;
        }

        _underWay = true;
        Count++;
        return true;
    }

    /// <summary>How long to wait before the repetition that was taken last.</summary>
    public TimeSpan DrawBackoff() => policy.Backoff(Count, Random.Shared);

    /// <summary>The repetition is over, if there was one.</summary>
    public void End()
    {
        if (_underWay)
            _budget!.End();
        _underWay = false;
    }
}
