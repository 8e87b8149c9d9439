using Mesh.Kernel.Commands;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.State;
using Microsoft.Extensions.Hosting;

namespace Mesh.Api.Rest;

/// <summary>Waits for a change of what a filter shows.</summary>
public sealed class LongPoll(StateReads reads, ICommittedFeed feed, WatchGate gate, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>How long a long-poll waits if it does not say.</summary>
    public static TimeSpan DefaultWait { get; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long it may ask to wait. Ingresses end a request that has no answer yet: Azure Container Apps' after four minutes.
    /// </summary>
    public static TimeSpan LongestWait { get; } = TimeSpan.FromMinutes(3);

    /// <summary>
    /// A state to answer a list from, as new as demanded; with a sequence that the client has, one in which something of the list may have
    /// changed. Else the refusal.
    /// </summary>
    public async ValueTask<(MeshState? State, Refusal? Refusal)> ReadAsync(IStreamFilter filter, PollDemand demand,
        CancellationToken aborted)
    {
        var (state, refusal) = await reads.ReadAsync(demand.Read, aborted).ConfigureAwait(false);
        if (state is null || demand.After is not { } known || demand.Wait == TimeSpan.Zero || HasNews(filter, known, state))
            return (state, refusal);
        using var place = gate.TryEnter(filter.Namespace);
        if (place is null) return (null, WatchGate.Full(filter.Namespace));
        // A Registry that stops answers what it has, as when time is up: the client asks again, elsewhere or later.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        try
        {
            return (await WaitAsync(filter, known, demand.Wait ?? DefaultWait, ending.Token).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            return (reads.Current, null);
        }
    }

    /// <summary>
    /// Whether something that the filter shows may have changed between the two. Other services' changes are not news; whoever comes back
    /// from so far behind that memory does not say what happened is told that something has.
    /// </summary>
    public bool HasNews(IStreamFilter filter, long afterSequence, MeshState state)
    {
        if (state.Sequence <= afterSequence) return false;
        if (feed.Recent(afterSequence) is not { } entries) return true;
        foreach (var entry in entries)
        {
            if (entry.Sequence <= state.Sequence && filter.IsTouchedBy(entry.Stream)) return true;
        }

        return false;
    }

    /// <summary>
    /// The first state over <paramref name="afterSequence"/> in which something that the filter shows may have changed; when time is up,
    /// the newest.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token ended first.</exception>
    public async ValueTask<MeshState> WaitAsync(IStreamFilter filter, long afterSequence, TimeSpan wait,
        CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var changes = reads.Subscribe();
        try
        {
            // What has happened before the subscription is looked up; what happens after it comes with the changes.
            var begin = (await changes.NextAsync(either.Token).ConfigureAwait(false)).State;
            if (HasNews(filter, afterSequence, begin)) return begin;
            while (true)
            {
                var change = await changes.NextAsync(either.Token).ConfigureAwait(false);
                if (change.State.Sequence > afterSequence && filter.IsTouchedBy(change)) return change.State;
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return reads.Current;
        }
    }
}
