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

    /// <summary>
    /// Names modules, their schema versions, event types and the snapshot format: a saved state of another fingerprint is not used.
    /// </summary>
    public string Fingerprint { get; }

    /// <summary>The modules' folds, ordered by name.</summary>
    public ImmutableArray<IModuleFold> Folds => _folds;

    /// <summary>The state before the first entry of <paramref name="log"/>.</summary>
    public MeshState Empty(LogIdentity log) => new(
        LogPosition.Start(log), ImmutableDictionary<string, StreamState>.Empty.WithComparers(StringComparer.Ordinal), _names,
        [.. _folds.Select(fold => fold.Empty)], 0);

    /// <summary>
    /// Folds <paramref name="entries"/>, which must continue <paramref name="state"/> without a gap. Callers publish the result only
    /// where the last entry ends its command.
    /// </summary>
    /// <param name="state">From here.</param>
    /// <param name="entries">In sequence order.</param>
    /// <param name="onSkip">Called for every entry that could not be folded, with the exception where a step threw.</param>
    /// <exception cref="InvalidDataException">There is a gap, or an entry is of another log.</exception>
    public MeshState Apply(MeshState state, IReadOnlyList<LogEntry> entries, Action<LogEntry, Exception?>? onSkip = null)
    {
        if (entries.Count == 0) return state;
        var run = Begin(state, drafts: entries.Count > 8, onSkip);
        run.Add(entries);
        return run.End();
    }

    /// <summary>Begins a longer fold on <paramref name="state"/>, which itself stays as it is.</summary>
    /// <param name="state">From here.</param>
    /// <param name="drafts">
    /// Whether modules fold into drafts (see <see cref="IModuleFold.Draft"/>): dearer to begin, cheaper for each entry.
    /// </param>
    /// <param name="onSkip">As for <see cref="Apply"/>.</param>
    internal FoldRun Begin(MeshState state, bool drafts, Action<LogEntry, Exception?>? onSkip) => new(this, state, drafts, onSkip);

    /// <summary>
    /// The payloads of <paramref name="entries"/>, decoded, for <see cref="FoldRun.Add"/> in another task. Null stands for what is not
    /// decoded here: dropped, of an unknown type, or not decodable (the fold meets that again, where it quarantines the stream for it).
    /// </summary>
    internal object?[] Decode(IReadOnlyList<LogEntry> entries)
    {
        var decoded = new object?[entries.Count];
        for (var i = 0; i < decoded.Length; i++)
        {
            var entry = entries[i];
            if (entry.DataDropped || !_steps.TryGetValue(entry.Type, out var target)) continue;
            try
            {
                decoded[i] = target.Step.Decode(entry);
            }
#pragma warning disable CA1031 // Thrown again by the fold.
            catch (Exception)
#pragma warning restore CA1031
            {
                decoded[i] = null;
            }
        }

        return decoded;
    }

    /// <summary>The step of an event type, and the index of its module.</summary>
    internal bool TryStep(string eventType, out (int Module, EvolveStep Step) target) => _steps.TryGetValue(eventType, out target);

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
