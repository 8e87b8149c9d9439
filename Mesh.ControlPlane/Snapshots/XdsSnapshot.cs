using System.Collections.Immutable;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Snapshots;

/// <summary>
/// What all streams are served from at one moment: the resources of every flavour in use, the position of the log they stand for, and the
/// last changes, so that a stream that lags a little looks only at what has changed since it last looked. A flavour is in it whole or not
/// at all.
/// </summary>
public sealed class XdsSnapshot
{
    private const int Remembered = 128;
    private readonly ImmutableArray<XdsView?> _views;
    private readonly ImmutableArray<SnapshotChange> _recent;

    private XdsSnapshot(long generation, LogPosition? position, MeshState? state, ImmutableArray<XdsView?> views,
        ImmutableArray<SnapshotChange> recent) =>
        (Generation, Position, State, _views, _recent) = (generation, position, state, views, recent);

    /// <summary>Before anything was compiled.</summary>
    public static XdsSnapshot None { get; } = new(0, null, null, [.. Enum.GetValues<XdsFlavour>().Select(_ => (XdsView?)null)], []);

    /// <summary>Counts snapshots in this process; a higher one is newer.</summary>
    public long Generation { get; }

    /// <summary>The log position compiled; null before the first.</summary>
    public LogPosition? Position { get; }

    /// <summary>The state compiled, for what is drafted client by client; null before the first.</summary>
    public MeshState? State { get; }

    /// <summary>The sequence of <see cref="Position"/>; 0 before the first.</summary>
    public long Sequence => Position?.Sequence ?? 0;

    /// <summary>The resources of a flavour that is in use.</summary>
    /// <exception cref="InvalidOperationException">It is not: to whoever read nothing here, every service would be gone.</exception>
    public XdsView this[XdsFlavour flavour] =>
        _views[(int)flavour]
            ?? throw new InvalidOperationException(
                $"Nothing is compiled for {flavour} clients in generation {Generation}: bring the flavour into use first.");

    /// <summary>Whether a flavour is compiled.</summary>
    public bool Has(XdsFlavour flavour) => _views[(int)flavour] is not null;

    /// <summary>A builder that starts from what a flavour has here; from nothing where it was not in use.</summary>
    public XdsView.Builder ToBuilder(XdsFlavour flavour) => (_views[(int)flavour] ?? XdsView.Empty).ToBuilder();

    /// <summary>The snapshot after this one.</summary>
    /// <param name="position">What it stands for.</param>
    /// <param name="views">One builder for each flavour, by its number; null for one that is not in use.</param>
    /// <param name="causes">The entries behind it.</param>
    /// <param name="state">The state that it was compiled from, where there is one.</param>
    public XdsSnapshot Next(LogPosition position, IReadOnlyList<XdsView.Builder?> views, IReadOnlyList<LogEntry> causes,
        MeshState? state = null)
    {
        var change = new SnapshotChange(Generation + 1, [.. views.Select(v => v?.Changed.ToImmutableArray() ?? [])], causes);
        var recent = _recent.Length < Remembered ? _recent : _recent.RemoveRange(0, _recent.Length - Remembered + 1);
        return new XdsSnapshot(Generation + 1, position, state, [.. views.Select(v => v?.Build())], recent.Add(change));
    }

    /// <summary>What has changed after a generation, oldest first; null when that is too long ago to tell.</summary>
    public IEnumerable<SnapshotChange>? ChangesSince(long generation)
    {
        var missed = Generation - generation;
        if (missed > _recent.Length) return null;
        return _recent.Skip(_recent.Length - (int)missed);
    }
}

/// <summary>What one snapshot changed.</summary>
/// <param name="Generation">The snapshot's.</param>
/// <param name="ByFlavour">The resources that differ from the snapshot before, by the flavour's number.</param>
/// <param name="Causes">The log entries behind it, for traces and latencies.</param>
public sealed record SnapshotChange(
    long Generation, ImmutableArray<ImmutableArray<(XdsType Type, string Name)>> ByFlavour, IReadOnlyList<LogEntry> Causes);
