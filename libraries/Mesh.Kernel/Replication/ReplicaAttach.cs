using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Replication;

/// <summary>
/// Asks a Registry whether a state is part of its log, and if not builds one that is: a saved state and the entries after it.
/// </summary>
internal sealed class ReplicaAttach(ILogClient client, StateFolder folder, Action<LogEntry, Exception?> onSkip,
    Action<string> onBadSnapshot)
{
    /// <summary>Attaches.</summary>
    /// <param name="own">The own position; null where there is no state.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="LogUnavailableException">No Registry responds, or its log changed meanwhile: try again.</exception>
    public async Task<ReplicaMessage.Attached> AttachAsync(LogPosition? own, CancellationToken cancellationToken)
    {
        var head = await client.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        if (own is not null && await IsPartOfAsync(own, head, cancellationToken).ConfigureAwait(false)) return new(head, null);

        var state = await LoadAsync(head.Log, cancellationToken).ConfigureAwait(false) ?? folder.Empty(head.Log);
        head = await client.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var page in client.ReadAsync(state.Sequence, 0, cancellationToken).ConfigureAwait(false))
        {
            var hash = state.Position.Hash;
            foreach (var entry in page)
            {
                if (EntryHash.Link(hash, entry) != entry.Hash)
                    throw new LogUnavailableException($"Entry {entry.Sequence} from {client.Description} does not continue the chain.");
                hash = entry.Hash;
            }

            // The first entry of another log fits the chain of an empty state, so identity is looked at too.
            if (page[0].Log.LogId != state.Position.Log.LogId)
                throw new LogUnavailableException($"{client.Description} has exchanged its log meanwhile.");
            state = folder.Apply(state, page, onSkip);
        }

        if (state.Sequence < head.Sequence || (state.Sequence == head.Sequence && state.Position.Hash != head.Hash))
            throw new LogUnavailableException(
                $"{client.Description} has its head at {head.Sequence}, but its entries end at {state.Sequence}.");
        return new(head, state);
    }

    private async ValueTask<bool> IsPartOfAsync(LogPosition own, LogPosition head, CancellationToken cancellationToken)
    {
        if (own.Log != head.Log || own.Sequence > head.Sequence) return false;
        if (own.Sequence == 0) return true;
        if (own.Sequence == head.Sequence) return own.Hash == head.Hash;
        await foreach (var page in client.ReadAsync(own.Sequence - 1, 1, cancellationToken).ConfigureAwait(false))
            return page[0].Hash == own.Hash;
        return false;
    }

    private async ValueTask<MeshState?> LoadAsync(LogIdentity log, CancellationToken cancellationToken)
    {
        if (await client.LoadSnapshotAsync(folder.Fingerprint, cancellationToken).ConfigureAwait(false) is not { } bytes) return null;
        try
        {
            var state = StateSnapshot.Load(folder, bytes);
            return state.Position.Log.LogId == log.LogId ? state : null;
        }
        catch (InvalidDataException exception)
        {
            onBadSnapshot(exception.Message);
            return null;
        }
    }
}
