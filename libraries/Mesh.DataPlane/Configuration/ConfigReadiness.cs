namespace Mesh.DataPlane.Configuration;

/// <summary>
/// Whether there is a first whole configuration, and who stands by it: a control plane, or an earlier process's file until then. Not
/// thread-safe but for what it says: <see cref="ConfigState"/> guards it.
/// </summary>
internal sealed class ConfigReadiness(TimeProvider time)
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _confirmed;
    private bool _hasListeners;
    private long? _restoredAt;

    /// <summary>Completes with the first whole configuration, or when a restored one has waited long enough for its confirmation.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Whether a control plane has sent the services, and everything they need has arrived.</summary>
    public bool Confirmed => _confirmed;

    /// <summary>Whether an earlier process's configuration was taken over.</summary>
    public bool Restored => _restoredAt is not null;

    /// <summary>An earlier process's configuration is taken over now.</summary>
    public void MarkRestored() => _restoredAt = time.GetTimestamp();

    /// <summary>A control plane has sent listeners, if only to say that there are none.</summary>
    public void MarkListeners() => _hasListeners = true;

    /// <summary>A snapshot was built.</summary>
    /// <param name="warming">Services whose routes it holds back.</param>
    /// <param name="readyFromFileAfter">How long a restored configuration waits for its confirmation.</param>
    public void Update(int warming, TimeSpan readyFromFileAfter)
    {
        _confirmed |= _hasListeners && warming == 0;
        if (_confirmed || (_restoredAt is { } since && time.GetElapsedTime(since) >= readyFromFileAfter))
            _ready.TrySetResult();
    }
}
