using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Registry.History;

/// <summary>Folds the log up to a moment of the past. Only a few at a time: each holds a whole state in memory.</summary>
internal sealed class PastStates(ILogStore store, StateFolder folder, IStateSource states)
{
    private const int AtOnce = 2;
    private const int Chunk = 4_096;
    private readonly SemaphoreSlim _gate = new(AtOnce, AtOnce);

    /// <summary>
    /// The state after the last whole command with neither a higher sequence nor a later time; null where too many are folded already.
    /// </summary>
    /// <exception cref="LogStoreException">The log cannot be read.</exception>
    public async ValueTask<MeshState?> FindAsync(long sequence, DateTimeOffset time, CancellationToken cancellationToken)
    {
        if (!await _gate.WaitAsync(0, cancellationToken)) return null;
        try
        {
            var state = await StartAsync(sequence, time, cancellationToken);
            var command = new List<LogEntry>();
            var whole = new List<LogEntry>(Chunk);
            await foreach (var entry in store.ReadAsync(state.Sequence, int.MaxValue, cancellationToken))
            {
                if (entry.Sequence > sequence || entry.Time > time) break;
                command.Add(entry);
                if (!entry.EndsCommand) continue;
                whole.AddRange(command);
                command.Clear();
                if (whole.Count < Chunk) continue;
                state = folder.Apply(state, whole);
                whole.Clear();
            }

            return folder.Apply(state, whole);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask<MeshState> StartAsync(long sequence, DateTimeOffset time, CancellationToken cancellationToken)
    {
        var head = states.Current.Position;
        return await SavedState.LoadAsync(store, folder, head, position => position.Sequence <= sequence && position.Time <= time, null,
            cancellationToken) ?? folder.Empty(head.Log);
    }
}
