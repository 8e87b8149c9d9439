using Mesh.Kernel.Http;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Read;

/// <summary>Waits for a change of what a filter shows.</summary>
public sealed class LongPoll(StateReads reads, TimeProvider time)
{
    /// <summary>How long a long-poll waits if it does not say.</summary>
    public static TimeSpan DefaultWait { get; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it may ask to wait.</summary>
    public static TimeSpan LongestWait { get; } = TimeSpan.FromMinutes(5);

    /// <summary>The first state over <paramref name="afterSequence"/> in which something that the filter shows may have changed; when time is up, the newest.</summary>
    public async ValueTask<MeshState> WaitAsync(ServiceFilter filter, long afterSequence, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var changes = reads.Subscribe();
        try
        {
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
