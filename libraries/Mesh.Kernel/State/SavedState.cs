using Mesh.Kernel.Log;

namespace Mesh.Kernel.State;

/// <summary>Finds the state that the database has kept, if it can be gone on from.</summary>
public static class SavedState
{
    /// <summary>The saved state, if it is of this fold and really stands in the log; null otherwise.</summary>
    /// <param name="store">The log's database.</param>
    /// <param name="folder">The fold.</param>
    /// <param name="head">The log's head.</param>
    /// <param name="fits">What else its position must satisfy.</param>
    /// <param name="onDamage">Called for one that is damaged.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="LogStoreException">The database cannot be read.</exception>
    public static async ValueTask<MeshState?> LoadAsync(
        ILogStore store, StateFolder folder, LogPosition head, Func<LogPosition, bool>? fits, Action<InvalidDataException>? onDamage,
        CancellationToken cancellationToken)
    {
        if (await store.LoadSnapshotAsync(folder.Fingerprint, cancellationToken).ConfigureAwait(false) is not { } stored) return null;
        var position = stored.Position;
        if (position.Log.LogId != head.Log.LogId || position.Sequence > head.Sequence || fits?.Invoke(position) == false) return null;
        await foreach (var entry in store.ReadAsync(position.Sequence - 1, 1, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Hash != position.Hash) return null;
        }

        try
        {
            return StateSnapshot.Load(folder, stored.Data);
        }
        catch (InvalidDataException damage)
        {
            onDamage?.Invoke(damage);
            return null;
        }
    }
}
