using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;
using Mesh.Kernel.Log;

namespace Mesh.Kernel.State;

/// <summary>One module's part of the fold: what its events mean to its state. Pure: no clock, no I/O.</summary>
public interface IModuleFold
{
    /// <summary>The module's name, such as <c>discovery</c>; its streams start with it.</summary>
    string Module { get; }

    /// <summary>
    /// Raised whenever the state's shape or an evolve step changes meaning: older saved states are then rebuilt from the log.
    /// </summary>
    int SchemaVersion { get; }

    /// <summary>The state before any event.</summary>
    object Empty { get; }

    /// <summary>Evolve steps by event type.</summary>
    IReadOnlyDictionary<string, EvolveStep> Steps { get; }

    /// <summary>
    /// A copy of the state that the steps may change in place, for a fold over many entries; the state itself if the module has none. A
    /// step that throws must leave it as it was.
    /// </summary>
    object Draft(object state);

    /// <summary>The immutable state that <see cref="Draft"/>'s copy has become.</summary>
    object Finish(object draft);

    /// <summary>
    /// Whether the state, and whatever it becomes, is the same without the payloads of all earlier entries of this one's stream, which is
    /// one of status (see <see cref="StatusStreams"/>): once old, those are dropped.
    /// </summary>
    bool Restates(object state, LogEntry entry);

    /// <summary>Writes the state for a snapshot.</summary>
    void Save(object state, Stream target);

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    object Load(Stream source);
}

/// <summary>
/// How one type of event is folded, in its two halves: decoding needs nothing but the entry, so a long replay does it ahead of the fold and
/// beside it.
/// </summary>
/// <param name="Decode">The entry's payload as today's event; called only where the payload has not been dropped.</param>
/// <param name="Evolve">Folds the decoded event into the module's state.</param>
public sealed record EvolveStep(Func<LogEntry, object> Decode, Func<object, LogEntry, object, object> Evolve);

/// <summary>Base of a module's fold with typed steps.</summary>
/// <typeparam name="TState">The module's immutable state.</typeparam>
public abstract class ModuleFold<TState> : IModuleFold where TState : class
{
    private readonly Dictionary<string, EvolveStep> _steps = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public abstract string Module { get; }

    /// <inheritdoc/>
    public abstract int SchemaVersion { get; }

    /// <summary>The state before any event.</summary>
    public abstract TState Empty { get; }

    object IModuleFold.Empty => Empty;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, EvolveStep> Steps => _steps;

    /// <inheritdoc cref="IModuleFold.Draft"/>
    protected virtual TState Draft(TState state) => state;

    /// <inheritdoc cref="IModuleFold.Finish"/>
    protected virtual TState Finish(TState draft) => draft;

    object IModuleFold.Draft(object state) => Draft((TState)state);

    object IModuleFold.Finish(object draft) => Finish((TState)draft);

    /// <inheritdoc cref="IModuleFold.Restates"/>
    protected virtual bool Restates(TState state, LogEntry entry) => false;

    bool IModuleFold.Restates(object state, LogEntry entry) => Restates((TState)state, entry);

    /// <summary>Writes the state for a snapshot.</summary>
    public abstract void Save(TState state, Stream target);

    /// <summary>Reads what <see cref="Save(TState, Stream)"/> wrote.</summary>
    public abstract TState Load(Stream source);

    void IModuleFold.Save(object state, Stream target) => Save((TState)state, target);

    object IModuleFold.Load(Stream source) => Load(source);

    /// <summary>
    /// Registers the step for <typeparamref name="TEvent"/>; a dropped payload (see <see cref="LogEntry.DataDropped"/>) is passed over.
    /// </summary>
    protected void On<TEvent>(Func<TState, LogEntry, TEvent, TState> evolve) where TEvent : IMeshEvent<TEvent> =>
        Upcast<TEvent, TEvent>(static e => e, evolve);

    /// <summary>Registers an older version of an event, turned into today's before it is folded.</summary>
    protected void Upcast<TOld, TNew>(Func<TOld, TNew> upcast, Func<TState, LogEntry, TNew, TState> evolve) where TOld : IMeshEvent<TOld>
    {
        JsonTypeInfo<TOld> shape = TOld.JsonType;
        _steps.Add(TOld.EventType, new EvolveStep(
            entry => upcast(JsonSerializer.Deserialize(entry.Data.Span, shape)
                ?? throw new InvalidDataException($"Entry {entry.Sequence} ({entry.Type}) has JSON null."))!,
            (state, entry, e) => evolve((TState)state, entry, (TNew)e)));
    }
}
