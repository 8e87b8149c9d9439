using System.Collections.Immutable;
using Mesh.Kernel.Log;

namespace Mesh.Kernel.State;

/// <summary>
/// One fold from a state over entries, in one or several portions (Flow steps 2 and 5). What it works on is its own until
/// <see cref="End"/>: nobody sees a state in the middle. For one task.
/// </summary>
internal sealed class FoldRun
{
    private readonly StateFolder _folder;
    private readonly MeshState _from;
    private readonly bool _drafts;
    private readonly Action<LogEntry, Exception?>? _onSkip;
    private readonly object[] _modules;
    private readonly ImmutableDictionary<string, StreamState>.Builder _streams;
    private LogPosition _position;
    private long _skipped;

    internal FoldRun(StateFolder folder, MeshState from, bool drafts, Action<LogEntry, Exception?>? onSkip)
    {
        (_folder, _from, _drafts, _onSkip) = (folder, from, drafts, onSkip);
        (_position, _skipped, _streams) = (from.Position, from.Skipped, from.Streams.ToBuilder());
        _modules = new object[folder.Folds.Length];
        for (var i = 0; i < _modules.Length; i++) _modules[i] = drafts ? folder.Folds[i].Draft(from.Module(i)) : from.Module(i);
    }

    /// <summary>Folds entries that continue those before.</summary>
    /// <param name="entries">In sequence order.</param>
    /// <param name="decoded">What <see cref="StateFolder.Decode"/> made of them, or null to decode here.</param>
    /// <exception cref="InvalidDataException">There is a gap, or an entry is of another log.</exception>
    public void Add(IReadOnlyList<LogEntry> entries, object?[]? decoded = null)
    {
        var sequence = _position.Sequence;
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            if (entry.Sequence != sequence + 1 || entry.Log.LogId != _position.Log.LogId)
                throw new InvalidDataException($"Entry {entry.Log}#{entry.Sequence} does not continue {_position.Log}#{sequence}.");
            sequence = entry.Sequence;
            _streams[entry.Stream] = Fold(_streams.GetValueOrDefault(entry.Stream) ?? StreamState.None, entry, decoded?[i]);
        }

        if (entries.Count > 0) _position = LogPosition.After(entries[^1]);
    }

    /// <summary>The state after all entries. The run is over then.</summary>
    public MeshState End()
    {
        if (_position.Sequence == _from.Sequence) return _from;
        if (_drafts)
        {
            for (var i = 0; i < _modules.Length; i++) _modules[i] = _folder.Folds[i].Finish(_modules[i]);
        }

        return new MeshState(_position, _streams.ToImmutable(), _from.ModuleNames, [.. _modules], _skipped);
    }

    private StreamState Fold(StreamState before, LogEntry entry, object? decoded)
    {
        var after = before with { Version = entry.StreamVersion, Sequence = entry.Sequence };
        if (before.Quarantine is not null)
        {
            Skip(entry, null);
            return after;
        }

        if (!_folder.TryStep(entry.Type, out var target))
        {
            Skip(entry, null);
            return after with { UnknownType = entry.Type };
        }

        // A dropped payload says nothing any more (see LogEntry.DataDropped); a later entry of its stream restates what counts.
        if (entry.DataDropped) return after;
        try
        {
            _modules[target.Module] = target.Step.Evolve(_modules[target.Module], entry, decoded ?? target.Step.Decode(entry));
            return after;
        }
#pragma warning disable CA1031 // One bad entry must cost its stream, never the process; the cause is kept in the state and reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Skip(entry, exception);
            return after with
            {
                Quarantine = $"{entry.Type} at sequence {entry.Sequence}: {exception.GetType().Name}: {exception.Message}",
            };
        }
    }

    private void Skip(LogEntry entry, Exception? exception)
    {
        _skipped++;
        _onSkip?.Invoke(entry, exception);
    }
}
