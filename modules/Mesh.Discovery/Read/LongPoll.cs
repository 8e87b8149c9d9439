using Mesh.Kernel.Feeds;
using Mesh.Kernel.Http;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Read;

/// <summary>Waits for a change of what a filter shows.</summary>
public sealed class LongPoll(StateReads reads, ICommittedFeed feed, TimeProvider time)
{
    /// <summary>How long a long-poll waits if it does not say.</summary>
    public static TimeSpan DefaultWait { get; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it may ask to wait.</summary>
    public static TimeSpan LongestWait { get; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Whether something that the filter shows may have changed between the two. Other services' changes are no news; whoever comes back from so
    /// far behind that memory does not say what happened is told that something has.
    /// </summary>
    public bool HasNews(ServiceFilter filter, long afterSequence, MeshState state)
    {
        if (state.Sequence <= afterSequence) return false;
        if (feed.Recent(afterSequence) is not { } entries) return true;
        foreach (var entry in entries)
        {
            if (entry.Sequence <= state.Sequence && filter.IsTouchedBy(entry.Stream)) return true;
        }

        return false;
    }

    /// <summary>The first state over <paramref name="afterSequence"/> in which something that the filter shows may have changed; when time is up, the newest.</summary>
    /// <exception cref="OperationCanceledException">The token ended first.</exception>
    public async ValueTask<MeshState> WaitAsync(ServiceFilter filter, long afterSequence, TimeSpan wait, CancellationToken cancellationToken)
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
