using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Microsoft.Extensions.Logging;

namespace Mesh.Kernel.Commands;

/// <summary>
/// Saves the state every so many entries (more for a large state), off the writer's path, and finds a saved one that still fits the log.
/// </summary>
internal sealed class SnapshotSaver(StateFolder folder, ILogStore store, int every, ILogger logger)
{
    private Task _saving = Task.CompletedTask;
    private long _savedAt;

    /// <summary>Saves <paramref name="state"/> in the background if it is time to.</summary>
    public void Offer(MeshState state)
    {
        // A save costs as much as the state is large: spread over as many entries, it stays a small share of each.
        if (state.Sequence - _savedAt < Math.Max(every, state.Streams.Count) || !_saving.IsCompleted || state.Skipped > 0) return;
        _savedAt = state.Sequence;
        _saving = Task.Run(() => SaveAsync(state));
    }

    /// <summary>The saved state, if it is of this fold and really stands in the log.</summary>
    public async ValueTask<MeshState?> LoadAsync(LogPosition head, CancellationToken cancellationToken)
    {
        var state = await SavedState.LoadAsync(store, folder, head, null, damage => WriterLog.SnapshotUnreadable(logger, damage),
            cancellationToken).ConfigureAwait(false);

        // Also where there is none: the log may be a shorter one than before.
        _savedAt = state?.Sequence ?? 0;
        return state;
    }

    private async Task SaveAsync(MeshState state)
    {
        try
        {
            var snapshot = StateSnapshot.Save(folder, state);
            await store.SaveSnapshotAsync(snapshot, CancellationToken.None).ConfigureAwait(false);
            WriterLog.SnapshotSaved(logger, state.Sequence, snapshot.Data.Length);
        }
        // Nobody awaits the task, and the log is whole without a saved state: whatever it was is said, and tried again later.
#pragma warning disable CA1031
        catch (Exception exception)
#pragma warning restore CA1031
        {
            WriterLog.SnapshotNotSaved(logger, state.Sequence, exception);
        }
    }
}
