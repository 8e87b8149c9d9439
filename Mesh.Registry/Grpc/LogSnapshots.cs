using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Registry.Grpc;

/// <summary>
/// Saved states for replicas to begin with: for the Registry's own fold the current one, made at most every two seconds however many
/// replicas start at once; for another fold (a control plane with other modules) whatever the database has kept.
/// </summary>
internal sealed class LogSnapshots(ILogStore store, StateFolder folder, IStateSource states, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim _one = new(1, 1);
    private StoredSnapshot? _last;
    private long _madeAt;

    public async ValueTask<StoredSnapshot?> FindAsync(string fingerprint, CancellationToken cancellationToken)
    {
        var state = states.Current;
        if (fingerprint != folder.Fingerprint || state.Skipped > 0) return await store.LoadSnapshotAsync(fingerprint, cancellationToken);
        if (state.Sequence == 0) return null;
        await _one.WaitAsync(cancellationToken);
        try
        {
            // One of another log would send the replica in circles.
            if (_last is { } last && last.Position.Log == state.Position.Log && last.Position.Sequence <= state.Sequence
                && time.GetElapsedTime(_madeAt) < Fresh) return last;
            _madeAt = time.GetTimestamp();
            return _last = StateSnapshot.Save(folder, state);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}
