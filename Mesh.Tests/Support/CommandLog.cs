using System.Text.Json;
using Mesh.Discovery.Register;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;

namespace Mesh.Tests.Support;

/// <summary>A log without a store: commands are decided on the state and their events folded into it.</summary>
/// <param name="module">The module that is looked at.</param>
/// <param name="log">Which log it is; one of its own if nothing is said.</param>
/// <param name="folds">That module's fold and those it works with.</param>
internal abstract class CommandLog(string module, LogIdentity? log, params IModuleFold[] folds)
{
    public static readonly DateTimeOffset Began = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private MeshState? _state;

    public LogIdentity Identity { get; } = log ?? new LogIdentity(Guid.Parse("0190d0c4-0b0f-7c3a-9d0a-5d5c5c5c5c5c"), 1);

    public StateFolder Folder { get; } = new(folds);

    public MeshState State => _state ??= Folder.Empty(Identity);

    /// <summary>When what comes next is decided.</summary>
    public DateTimeOffset Now { get; set; } = Began;

    public List<LogEntry> Entries { get; } = [];

    /// <summary>Decides without appending.</summary>
    public Decision Decide(ICommand command) => command.Decide(State, new DecisionContext(Now, "test", State.Sequence + 1));

    /// <summary>Decides and appends.</summary>
    public Decision Send(ICommand command)
    {
        var decision = Decide(command);
        var id = Guid.CreateVersion7(Now);
        for (var i = 0; i < decision.Events.Count; i++)
        {
            var e = decision.Events[i];
            var entry = new LogEntry
            {
                Log = Identity, Sequence = State.Sequence + 1, Stream = e.Stream, StreamVersion = State.Stream(e.Stream).Version + 1,
                EventId = Guid.CreateVersion7(Now),
                Type = e.Type, Time = Now, Actor = "test", CommandId = id, Index = i, Count = decision.Events.Count, Data = e.Data,
                DataHash = EntryHash.OfData(e.Data.Span),
            };
            entry = entry with { Hash = EntryHash.Link(State.Position.Hash, entry) };
            Entries.Add(entry);
            _state = Folder.Apply(State, [entry], (bad, why) => Assert.Fail($"{bad.Type} could not be folded: {why}"));
        }

        return decision;
    }

    /// <summary>Registers an instance from a registration's body, which must be valid.</summary>
    public Decision Register(string json) => Send(Valid(json, (fields, faults) => RegisterRules.Read(RegisterInput.Read(fields), faults)));

    /// <summary>The module's part of a state; equal states are equal bytes.</summary>
    public byte[] Bytes(MeshState state)
    {
        using var target = new MemoryStream();
        var index = Folder.Folds.ToList().FindIndex(fold => fold.Module == module);
        Folder.Folds[index].Save(state.Module(index), target);
        return target.ToArray();
    }

    /// <summary>What is read of a request's body, and its faults.</summary>
    protected static (T? Read, IReadOnlyList<Problem> Faults) Read<T>(string json, Func<JsonFields, Faults, T?> read) where T : class
    {
        using var document = JsonDocument.Parse(json);
        var faults = new Faults();
        var value = JsonFields.Of(document.RootElement, "", faults) is { } fields ? read(fields, faults) : null;
        return (value, faults.ToRefusal()?.Problems ?? []);
    }

    /// <summary>What is read of a body that must be valid.</summary>
    protected static T Valid<T>(string json, Func<JsonFields, Faults, T?> read) where T : class
    {
        var (value, faults) = Read(json, read);
        return value ?? throw new InvalidOperationException($"{json}: {string.Join("; ", faults)}");
    }
}
