using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Calls;

/// <summary>
/// How often one request has been sent again as its route's policy says, and what that has taken out of its cluster's budget.
/// </summary>
/// <param name="policy">What the route says.</param>
/// <param name="service">The service, for who counts.</param>
/// <param name="events">Who counts.</param>
internal sealed class Retries(RetryPolicy policy, string service, ICallEvents events)
{
    private RetryBudget? _budget;
    private CancellationTokenSource? _perTry;
    private CancellationTokenSource? _either;
    private bool _underWay;

    /// <summary>How often.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the time of one attempt is over.</summary>
    public bool IsAttemptOver => _perTry?.IsCancellationRequested == true;

    /// <summary>An attempt begins; <see cref="EndAttempt"/> follows.</summary>
    /// <returns>The end of its time.</returns>
    public CancellationToken BeginAttempt(CallDeadline? deadline, TimeProvider time)
    {
        if (policy.PerTryTimeout is not { } limit)
            return deadline?.Token ?? CancellationToken.None;
        _perTry = new CancellationTokenSource(limit, time);
        if (deadline is null)
            return _perTry.Token;
        _either = CancellationTokenSource.CreateLinkedTokenSource(_perTry.Token, deadline.Token);
        return _either.Token;
    }

    /// <summary>The attempt has an answer, which may go on for longer than an attempt may take to have one.</summary>
    public void LetAttemptGoOn() => _perTry?.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>The attempt is over.</summary>
    public void EndAttempt()
    {
        _either?.Dispose();
        _perTry?.Dispose();
        (_either, _perTry) = (null, null);
    }

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
