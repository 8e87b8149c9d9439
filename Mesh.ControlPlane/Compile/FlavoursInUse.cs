using Mesh.Contracts.Waiting;
using Mesh.ControlPlane.Settings;
using Mesh.ControlPlane.Snapshots;
using Mesh.Xds.Resources;
using Microsoft.Extensions.Options;

namespace Mesh.ControlPlane.Compile;

/// <summary>
/// The flavours that somebody reads; nothing is compiled for the others. The first stream of a flavour, or the first question about it,
/// brings it into use for as long as the process lives, and waits until it is compiled whole. Flow step 6.
/// </summary>
internal sealed class FlavoursInUse
{
    private readonly Lock _lock = new();
    private readonly SnapshotHub _hub;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private volatile IReadOnlySet<XdsFlavour> _all;
    private readonly Signal _added = new();

    public FlavoursInUse(SnapshotHub hub, TimeProvider time, IOptions<ControlPlaneOptions> options) =>
        (_hub, _time, _patience, _all) = (hub, time, options.Value.ServeBehindAfter, options.Value.FlavoursFromStart());

    public IReadOnlySet<XdsFlavour> All => _all;

    /// <summary>Ends when more flavours are in use than <paramref name="count"/>.</summary>
    public Task MoreThanAsync(int count)
    {
        // The task is taken first, so that an addition between the two reads is not missed.
        var added = _added.Next;
        return _all.Count > count ? Task.CompletedTask : added;
    }

    /// <summary>
    /// Brings a flavour into use and waits for a snapshot that has it, which every later one has too. Only the wait for the first state may
    /// be in vain.
    /// </summary>
    /// <returns>The snapshot; null where the control plane got no state in time.</returns>
    public async ValueTask<XdsSnapshot?> UseAsync(XdsFlavour flavour, CancellationToken cancellationToken)
    {
        if (_hub.Current is var newest && newest.Has(flavour)) return newest;
        Add(flavour);
        using var late = new CancellationTokenSource(_patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            await _hub.FirstAsync(snapshot => snapshot.Position is not null, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }

        return await _hub.FirstAsync(snapshot => snapshot.Has(flavour), cancellationToken);
    }

    private void Add(XdsFlavour flavour)
    {
        lock (_lock)
        {
            if (_all.Contains(flavour)) return;
            _all = new HashSet<XdsFlavour>(_all) { flavour };
        }

        _added.Set();
    }
}
