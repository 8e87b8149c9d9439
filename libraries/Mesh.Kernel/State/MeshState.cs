using System.Collections.Immutable;
using Mesh.Kernel.Log;

namespace Mesh.Kernel.State;

/// <summary>
/// The whole mesh at one position of the log, immutable (Flow steps 2 and 5). Modules' parts are reached by the interfaces that they
/// implement, so that no module needs to know another's types.
/// </summary>
public sealed class MeshState
{
    private readonly ImmutableArray<object> _modules;
    private readonly ImmutableArray<string> _names;

    internal MeshState(LogPosition position, ImmutableDictionary<string, StreamState> streams, ImmutableArray<string> names,
        ImmutableArray<object> modules, long skipped)
    {
        Position = position;
        Streams = streams;
        _names = names;
        _modules = modules;
        Skipped = skipped;
    }

    /// <summary>How far the log has been folded.</summary>
    public LogPosition Position { get; }

    /// <summary>The sequence of <see cref="Position"/>.</summary>
    public long Sequence => Position.Sequence;

    /// <summary>Every stream that has entries.</summary>
    public ImmutableDictionary<string, StreamState> Streams { get; }

    /// <summary>How many entries could not be folded (unknown type or quarantined stream); such a state is never saved.</summary>
    public long Skipped { get; }

    /// <summary>The modules in the order of <see cref="Module(int)"/>.</summary>
    public ImmutableArray<string> ModuleNames => _names;

    /// <summary>The same state, known to stand at <paramref name="position"/>: the epoch was raised since its last entry.</summary>
    internal MeshState At(LogPosition position) => position.Sequence == Sequence
        ? new MeshState(position, Streams, _names, _modules, Skipped)
        : throw new InvalidDataException($"The log's head is {position.Sequence}, but its entries end at {Sequence}.");

    /// <summary>The stream's state; <see cref="StreamState.None"/> if it has no entries.</summary>
    public StreamState Stream(string stream) => Streams.GetValueOrDefault(stream, StreamState.None);

    /// <summary>A module's part, by index in <see cref="ModuleNames"/>.</summary>
    public object Module(int index) => _modules[index];

    /// <summary>
    /// The part of the state that is a <typeparamref name="T"/>: a module's own record, or an interface of facts such as
    /// <c>IServiceCatalog</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">No loaded module offers it.</exception>
    public T Facts<T>() where T : class =>
        TryFacts<T>()
            ?? throw new InvalidOperationException($"No loaded module offers {typeof(T).Name}; loaded are: {string.Join(", ", _names)}.");

    /// <summary>Like <see cref="Facts{T}"/>, null where no loaded module offers it.</summary>
    public T? TryFacts<T>() where T : class
    {
        foreach (var module in _modules)
        {
            if (module is T facts) return facts;
        }

        return null;
    }
}
