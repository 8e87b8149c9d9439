using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Mesh.Kernel.Log;

namespace Mesh.Kernel.State;

/// <summary>
/// The fold itself (Flow steps 2 and 5): entries in, the next <see cref="MeshState"/> out. Pure and deterministic, so that every process
/// that has read the same log holds the same state. An entry of an unknown type is passed over and marks its stream; a throwing step
/// quarantines its stream, never the process.
/// </summary>
public sealed class StateFolder
{
    private readonly ImmutableArray<IModuleFold> _folds;
    private readonly ImmutableArray<string> _names;
    private readonly Dictionary<string, (int Module, EvolveStep Step)> _steps = new(StringComparer.Ordinal);

    /// <summary>A fold of these modules.</summary>
    /// <exception cref="InvalidOperationException">Two modules claim one event type or one name.</exception>
    public StateFolder(IEnumerable<IModuleFold> folds)
    {
        _folds = [.. folds.OrderBy(fold => fold.Module, StringComparer.Ordinal)];
        _names = [.. _folds.Select(fold => fold.Module)];
        if (_names.Distinct(StringComparer.Ordinal).Count() != _names.Length)
            throw new InvalidOperationException($"Two modules have one name: {string.Join(", ", _names)}.");
        for (var i = 0; i < _folds.Length; i++)
        {
            foreach (var (type, step) in _folds[i].Steps)
            {
                if (!_steps.TryAdd(type, (i, step)))
                    throw new InvalidOperationException($"Modules {_names[_steps[type].Module]} and {_names[i]} both fold {type}.");
            }
        }

        Fingerprint = MakeFingerprint();
    }

    /// <summary>Names modules, their schema versions, event types and the snapshot format: a saved state of another fingerprint is not used.</summary>
    public string Fingerprint { get; }

    /// <summary>The modules' folds, ordered by name.</summary>
    public ImmutableArray<IModuleFold> Folds => _folds;

    /// <summary>The state before the first entry of <paramref name="log"/>.</summary>
    public MeshState Empty(LogIdentity log) => new(
        LogPosition.Start(log), ImmutableDictionary<string, StreamState>.Empty.WithComparers(StringComparer.Ordinal), _names,
        [.. _folds.Select(fold => fold.Empty)], 0);

    /// <summary>Whether this build can fold the type.</summary>
    public bool Knows(string eventType) => _steps.ContainsKey(eventType);

    /// <summary>
    /// Folds <paramref name="entries"/>, which must continue <paramref name="state"/> without a gap. Callers publish the result only
    /// where the last entry ends its command.
    /// </summary>
    /// <param name="state">From here.</param>
    /// <param name="entries">In sequence order.</param>
    /// <param name="onSkip">Told of every entry that could not be folded, with the exception where a step threw.</param>
    /// <exception cref="InvalidDataException">There is a gap, or an entry is of another log.</exception>
    public MeshState Apply(MeshState state, IReadOnlyList<LogEntry> entries, Action<LogEntry, Exception?>? onSkip = null)
    {
        if (entries.Count == 0) return state;
        var modules = new object[_folds.Length];
        for (var i = 0; i < modules.Length; i++) modules[i] = state.Module(i);
        var streams = entries.Count > 8 ? state.Streams.ToBuilder() : null;
        var few = state.Streams;
        var skipped = state.Skipped;
        var sequence = state.Sequence;

        foreach (var entry in entries)
        {
            if (entry.Sequence != sequence + 1 || entry.Log.LogId != state.Position.Log.LogId)
                throw new InvalidDataException($"Entry {entry.Log}#{entry.Sequence} does not continue {state.Position.Log}#{sequence}.");
            sequence = entry.Sequence;
            var before = (streams is null ? few.GetValueOrDefault(entry.Stream) : streams.GetValueOrDefault(entry.Stream)) ?? StreamState.None;
            var after = Fold(before, entry, modules, ref skipped, onSkip);
            if (streams is null) few = few.SetItem(entry.Stream, after);
            else streams[entry.Stream] = after;
        }

        return new MeshState(LogPosition.After(entries[^1]), streams?.ToImmutable() ?? few, _names, [.. modules], skipped);
    }

    private StreamState Fold(StreamState before, LogEntry entry, object[] modules, ref long skipped, Action<LogEntry, Exception?>? onSkip)
    {
        var after = before with { Version = entry.StreamVersion, Sequence = entry.Sequence };
        if (before.Quarantine is not null)
        {
            skipped++;
            onSkip?.Invoke(entry, null);
            return after;
        }

        if (!_steps.TryGetValue(entry.Type, out var target))
        {
            skipped++;
            onSkip?.Invoke(entry, null);
            return after with { UnknownType = entry.Type };
        }

        try
        {
            modules[target.Module] = target.Step(modules[target.Module], entry);
            return after;
        }
#pragma warning disable CA1031 // One bad entry must cost its stream, never the process; the cause is kept in the state and reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            skipped++;
            onSkip?.Invoke(entry, exception);
            return after with { Quarantine = $"{entry.Type} at sequence {entry.Sequence}: {exception.GetType().Name}: {exception.Message}" };
        }
    }

    private string MakeFingerprint()
    {
        var text = new StringBuilder("format:").Append(StateSnapshot.FormatVersion);
        foreach (var fold in _folds)
        {
            text.Append(";module:").Append(fold.Module).Append('@').Append(fold.SchemaVersion);
            foreach (var type in fold.Steps.Keys.Order(StringComparer.Ordinal)) text.Append(',').Append(type);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }
}
