using Mesh.Kernel.Log;

namespace Mesh.Kernel.State;

/// <summary>One subscriber's latest-wins mailbox: bounded by the number of streams, never in the publisher's way.</summary>
public sealed class StateSubscription : IDisposable
{
    private const int MaxCauses = 256;
    private readonly Lock _lock = new();
    private readonly Action<StateSubscription> _detach;
    private readonly SemaphoreSlim _signal = new(0, 1);
    private HashSet<string> _streams = [];
    private List<LogEntry> _causes = [];
    private MeshState _state;
    private bool _reset = true;
    private bool _pending = true;

    internal StateSubscription(MeshState state, Action<StateSubscription> detach)
    {
        _state = state;
        _detach = detach;
        _signal.Release();
    }

    /// <summary>
    /// Waits for news; the first call answers at once with the state at subscription and <see cref="StateChange.Reset"/>.
    /// </summary>
    public async ValueTask<StateChange> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _signal.WaitAsync(cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                if (!_pending) continue;
                var change = new StateChange(_state, _reset ? new HashSet<string>() : _streams, _reset, _causes);
                (_streams, _causes, _reset, _pending) = ([], [], false, false);
                return change;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _detach(this);

    internal void Offer(MeshState state, IReadOnlyList<LogEntry> entries, bool reset)
    {
        lock (_lock)
        {
            _state = state;
            _reset |= reset;
            if (!_reset)
            {
                foreach (var entry in entries) _streams.Add(entry.Stream);
            }

            var room = Math.Min(entries.Count, MaxCauses);
            if (_causes.Count + room > MaxCauses) _causes.RemoveRange(0, _causes.Count + room - MaxCauses);
            for (var i = entries.Count - room; i < entries.Count; i++) _causes.Add(entries[i]);
            if (_pending) return;

            // Only a reader that has taken the signal clears the flag, so the signal is never released twice.
            _pending = true;
            _signal.Release();
        }
    }
}
