using Mesh.Kernel.Log;
using Mesh.Kernel.Settings;

namespace Mesh.Messaging.Kafka;

/// <summary>
/// Lets one of several Registries relay. Decision: the lease is the published position's own record, taken over once its beat has stood
/// still for <see cref="Patience"/>, confirmed by reading it back, and given up by whoever finds another owner in it. There is no
/// compare-and-set: two Registries that claim in the same instant both relay until the next beat (a second), which yields duplicates and
/// nothing worse, because delivery is at-least-once and every reader orders by sequence. What it buys: no further table, no clock
/// comparison between machines, and a position that can never disagree with the lease. Where the store is not shared there is nobody to
/// compete with, and no beat is written.
/// </summary>
internal sealed class RelayLease(ILogStore store, TimeProvider time)
{
    /// <summary>How long a beat may stand still before its owner counts as dead.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>How often an owner writes, and how often the others look.</summary>
    public static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(1);

    private long _beat;
    private Guid? _logId;

    /// <summary>Who this Registry is in the lease.</summary>
    public string Owner { get; init; } = ProcessName.New();

    /// <summary>Waits until this Registry is the one that relays.</summary>
    /// <returns>The sequence up to which <paramref name="log"/> has been published.</returns>
    public async Task<long> TakeAsync(LogIdentity log, CancellationToken cancellationToken)
    {
        _logId = log.LogId;
        var seen = await RelayPosition.LoadAsync(store, cancellationToken).ConfigureAwait(false);
        if (!store.Shared)
        {
            _beat = seen?.Beat ?? 0;
            return seen?.SequenceIn(log) ?? 0;
        }

        var since = time.GetTimestamp();
        while (true)
        {
            if (seen?.Owner is null || seen.Owner == Owner || ProcessName.IsDeadHere(seen.Owner) || time.GetElapsedTime(since) >= Patience)
            {
                _beat = (seen?.Beat ?? 0) + 1;
                await new RelayPosition(seen?.SequenceIn(log) ?? 0, Owner, _beat, _logId)
                    .SaveAsync(store, cancellationToken).ConfigureAwait(false);
                var now = await RelayPosition.LoadAsync(store, cancellationToken).ConfigureAwait(false);
                if (now?.Owner == Owner) return now.SequenceIn(log);
                (seen, since) = (now, time.GetTimestamp());
            }

            await Task.Delay(BeatEvery, time, cancellationToken).ConfigureAwait(false);
            var next = await RelayPosition.LoadAsync(store, cancellationToken).ConfigureAwait(false);
            if (next?.Beat != seen?.Beat || next?.Owner != seen?.Owner) since = time.GetTimestamp();
            seen = next;
        }
    }

    /// <summary>Writes the position, and with it the beat.</summary>
    /// <returns>
    /// False if another Registry has taken over, or the record is not the one written last, since the database was restored under us: stop
    /// relaying.
    /// </returns>
    public async ValueTask<bool> BeatAsync(long sequence, CancellationToken cancellationToken)
    {
        if (store.Shared && await RelayPosition.LoadAsync(store, cancellationToken).ConfigureAwait(false) is var seen
            && (seen?.Owner != Owner || seen.Beat != _beat)) return false;
        await new RelayPosition(sequence, Owner, ++_beat, _logId).SaveAsync(store, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Gives the lease up, so that another Registry takes it at once.</summary>
    public async ValueTask ReleaseAsync(long sequence, CancellationToken cancellationToken)
    {
        if (store.Shared && (await RelayPosition.LoadAsync(store, cancellationToken).ConfigureAwait(false))?.Owner != Owner) return;
        await new RelayPosition(sequence, null, ++_beat, _logId).SaveAsync(store, cancellationToken).ConfigureAwait(false);
    }
}
