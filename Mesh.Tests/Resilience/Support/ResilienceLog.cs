using System.Text.Json;
using Mesh.Contracts.Resilience;
using Mesh.Discovery.Register;
using Mesh.Discovery.State;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Http;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Resilience.Policies;
using Mesh.Resilience.State;

namespace Mesh.Tests.Resilience.Support;

/// <summary>A log of services and policies without a store: commands are decided on the state and their events folded into it.</summary>
internal sealed class ResilienceLog
{
    public static readonly LogIdentity Log = new(Guid.Parse("0190d0c4-0b0f-7c3a-9d0a-5d5c5c5c5c5d"), 1);

    public static readonly DateTimeOffset Began = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly LogIdentity _log;

    /// <param name="log">Which log it is; one of its own kind if nothing is said.</param>
    public ResilienceLog(LogIdentity? log = null)
    {
        _log = log ?? Log;
        State = Folder.Empty(_log);
    }

    public StateFolder Folder { get; } = new([new DiscoveryFold(), new ResilienceFold()]);

    public MeshState State { get; private set; }

    /// <summary>When what comes next is decided.</summary>
    public DateTimeOffset Time { get; set; } = Began;

    public List<LogEntry> Entries { get; } = [];

    public ResilienceState Resilience => State.Facts<ResilienceState>();

    public Decision Decide(ICommand command) => command.Decide(State, new DecisionContext(Time, "test", State.Sequence + 1));

    public Decision Send(ICommand command)
    {
        var decision = Decide(command);
        var id = Guid.CreateVersion7(Time);
        for (var i = 0; i < decision.Events.Count; i++)
        {
            var e = decision.Events[i];
            var entry = new LogEntry
            {
                Log = _log, Sequence = State.Sequence + 1, Stream = e.Stream, StreamVersion = State.Stream(e.Stream).Version + 1, EventId = Guid.CreateVersion7(Time),
                Type = e.Type, Time = Time, Actor = "test", CommandId = id, Index = i, Count = decision.Events.Count, Data = e.Data, DataHash = EntryHash.OfData(e.Data.Span),
            };
            entry = entry with { Hash = EntryHash.Link(State.Position.Hash, entry) };
            Entries.Add(entry);
            State = Folder.Apply(State, [entry], (bad, why) => Assert.Fail($"{bad.Type} could not be folded: {why}"));
        }

        return decision;
    }

    /// <summary>Registers an instance from a registration's body.</summary>
    public void Register(string json)
    {
        using var document = JsonDocument.Parse(json);
        var faults = new Faults();
        var command = RegisterRules.Read(RegisterInput.Read(JsonFields.Of(document.RootElement, "", faults)!), faults);
        Assert.False(faults.Any, string.Join("; ", faults.ToRefusal()?.Problems ?? []));
        Assert.Null(Send(command!).Refusal);
    }

    /// <summary>Sets a policy from a request's body, which must be valid.</summary>
    public Decision Set(PolicyKind kind, string json) => Send(Command(kind, json));

    public static SetPolicy Command(PolicyKind kind, string json)
    {
        var (command, faults) = Read(kind, json);
        return command ?? throw new InvalidOperationException(string.Join("; ", faults));
    }

    /// <summary>The faults of a request's body.</summary>
    public static IReadOnlyList<Problem> FaultsOf(PolicyKind kind, string json) => Read(kind, json).Faults;

    /// <summary>Equal states are equal bytes.</summary>
    public byte[] Bytes(MeshState state)
    {
        using var target = new MemoryStream();
        var index = Folder.Folds.ToList().FindIndex(fold => fold.Module == "resilience");
        Folder.Folds[index].Save(state.Module(index), target);
        return target.ToArray();
    }

    private static (SetPolicy? Command, IReadOnlyList<Problem> Faults) Read(PolicyKind kind, string json)
    {
        using var document = JsonDocument.Parse(json);
        var faults = new Faults();
        var command = JsonFields.Of(document.RootElement, "", faults) is { } fields ? PolicyInput.Read(kind, fields, faults) : null;
        return (command, faults.ToRefusal()?.Problems ?? []);
    }
}
