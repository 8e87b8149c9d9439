using System.Diagnostics;
using Mesh.Kernel.Log;

namespace Mesh.Kernel.Kafka;

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

    /// <summary>Who this Registry is in the lease.</summary>
    public string Owner { get; init; } = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";

    /// <summary>Waits until this Registry is the one that relays.</summary>
    /// <returns>The sequence up to which the log has been published.</returns>
    public async Task<long> TakeAsync(CancellationToken cancellationToken)
    {
        var seen = await RelayPosition.LoadAsync(store, cancellationToken).ConfigureAwait(false);
        if (!store.Shared)
        {
            _beat = seen?.Beat ?? 0;
            return seen?.Sequence ?? 0;
        }

        var since = time.GetTimestamp();
        while (true)
        {
            if (seen?.Owner is null || seen.Owner == Owner || IsDeadHere(seen.Owner) || time.GetElapsedTime(since) >= Patience)
            {
                _beat = (seen?.Beat ?? 0) + 1;
                await new RelayPosition(seen?.Sequence ?? 0, Owner, _beat).SaveAsync(store, cancellationToken).ConfigureAwait(false);
                var now = await RelayPosition.LoadAsync(store, cancellationToken).ConfigureAwait(false);
                if (now?.Owner == Owner) return now.Sequence;
                (seen, since) = (now, time.GetTimestamp());
            }

            await Task.Delay(BeatEvery, time, cancellationToken).ConfigureAwait(false);
            var next = await RelayPosition.LoadAsync(store, cancellationToken).ConfigureAwait(false);
            if (next?.Beat != seen?.Beat || next?.Owner != seen?.Owner) since = time.GetTimestamp();
            seen = next;
        }
    }

    /// <summary>Writes the position, and with it the beat.</summary>
    /// <returns>False if another Registry has taken over: stop relaying.</returns>
    public async ValueTask<bool> BeatAsync(long sequence, CancellationToken cancellationToken)
    {
        if (store.Shared && await RelayPosition.LoadAsync(store, cancellationToken).ConfigureAwait(false) is { Owner: { } owner } && owner != Owner) return false;
        await new RelayPosition(sequence, Owner, ++_beat).SaveAsync(store, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Gives the lease up, so that another Registry takes it at once.</summary>
    public async ValueTask ReleaseAsync(long sequence, CancellationToken cancellationToken)
    {
        if (store.Shared && (await RelayPosition.LoadAsync(store, cancellationToken).ConfigureAwait(false))?.Owner != Owner) return;
        await new RelayPosition(sequence, null, ++_beat).SaveAsync(store, cancellationToken).ConfigureAwait(false);
    }

    // A Registry that was killed on this machine need not be waited for.
    private static bool IsDeadHere(string owner)
    {
        if (owner.Split('/') is not [var machine, var pid, _] || machine != Environment.MachineName || !int.TryParse(pid, out var id)) return false;
        try
        {
            using var process = Process.GetProcessById(id);
            return process.HasExited;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }
}
