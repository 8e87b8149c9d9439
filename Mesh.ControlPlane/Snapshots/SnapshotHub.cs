using Mesh.Contracts.Waiting;

namespace Mesh.ControlPlane.Snapshots;

/// <summary>
/// Hands the newest snapshot to all streams, latest-wins: publishing is one reference write and never waits for a stream. Flow step 7.
/// </summary>
public sealed class SnapshotHub
{
    private readonly Lock _lock = new();
    private volatile XdsSnapshot _current = XdsSnapshot.None;
    private readonly Signal _moved = new();

    public XdsSnapshot Current => _current;

    /// <summary>
    /// Publishes a snapshot. One that stands for a lower sequence of the same log (and epoch) is refused, so that no client is ever led
    /// back.
    /// </summary>
    /// <param name="snapshot">Newer than the current one.</param>
    /// <param name="reset">The state was found to belong to another past (a truncated log): then even a lower sequence is right.</param>
    /// <returns>Whether it was taken.</returns>
    public bool Publish(XdsSnapshot snapshot, bool reset = false)
    {
        lock (_lock)
        {
            if (snapshot.Generation <= _current.Generation) return false;
            if (!reset && _current.Position is { } old && snapshot.Position is { } now && old.Log == now.Log && now.Sequence < old.Sequence)
                return false;
            _current = snapshot;
        }

        _moved.Set();
        return true;
    }

    /// <summary>Ends when there is a snapshot newer than <paramref name="generation"/>.</summary>
    public Task NewerThanAsync(long generation)
    {
        // The task is taken first, so that a publish between the two reads is not missed.
        var moved = _moved.Next;
        return _current.Generation > generation ? Task.CompletedTask : moved;
    }

    /// <summary>The first snapshot from now on that fits; those that come while one is looked at may be left out.</summary>
    /// <exception cref="OperationCanceledException">The token ended first.</exception>
    public async ValueTask<XdsSnapshot> FirstAsync(Func<XdsSnapshot, bool> fits, CancellationToken cancellationToken)
    {
        while (true)
        {
            // One snapshot is looked at and waited past: another read could be of a newer one already, and would wait for the one after.
            var current = Current;
            if (fits(current)) return current;
            await NewerThanAsync(current.Generation).WaitAsync(cancellationToken);
        }
    }
}
