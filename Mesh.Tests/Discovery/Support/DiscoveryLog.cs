using System.Text.Json;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Health;
using Mesh.Discovery.Register;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Http;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Tests.Discovery.Support;

/// <summary>A log without a store: commands are decided on the state and their events folded into it.</summary>
internal sealed class DiscoveryLog
{
    private readonly LogIdentity _log;

    public DiscoveryLog() : this(new LogIdentity(Guid.Parse("0190d0c4-0b0f-7c3a-9d0a-5d5c5c5c5c5c"), 1))
    {
    }

    public DiscoveryLog(LogIdentity log)
    {
        _log = log;
        State = Folder.Empty(log);
    }

    public StateFolder Folder { get; } = new([new DiscoveryFold()]);

    public MeshState State { get; private set; }

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public List<LogEntry> Entries { get; } = [];

    /// <summary>Sequences of the status entries that restate a whole status.</summary>
    public IReadOnlyList<long> FullStatuses => [.. Entries.Where(e => e.Type == InstanceHealthChanged.EventType
        && JsonSerializer.Deserialize(e.Data.Span, InstanceHealthChanged.JsonType)!.Full).Select(e => e.Sequence)];

    public DiscoveryState Discovery => State.Facts<DiscoveryState>();

    public ServiceState Service(string name = "echo", string @namespace = "default") => Discovery.Find(new(@namespace, name))!;

    public InstanceState Instance(string id, string name = "echo") => Service(name).Find(id)!;

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
                Log = _log, Sequence = State.Sequence + 1, Stream = e.Stream, StreamVersion = State.Stream(e.Stream).Version + 1, EventId = Guid.CreateVersion7(Now),
                Type = e.Type, Time = Now, Actor = "test", CommandId = id, Index = i, Count = decision.Events.Count, Data = e.Data, DataHash = EntryHash.OfData(e.Data.Span),
            };
            entry = entry with { Hash = EntryHash.Link(State.Position.Hash, entry) };
            Entries.Add(entry);
            State = Folder.Apply(State, [entry], (bad, why) => Assert.Fail($"{bad.Type} could not be folded: {why}"));
        }

        return decision;
    }

    /// <summary>Registers an instance of <c>default/echo</c> at <c>10.0.0.n:80</c>.</summary>
    public Decision Register(string id, int n, Func<RegisterInput, RegisterInput>? change = null)
    {
        var input = new RegisterInput { Name = "echo", InstanceId = id, Address = $"10.0.0.{n}", Port = 80 };
        return Send(Command(change?.Invoke(input) ?? input));
    }

    /// <summary>What one source says about instances of <c>default/echo</c>.</summary>
    public Decision Report(HealthState health, params string[] ids) => Send(Verdicts(VerdictSource.Probe, health, ids));

    public static ReportHealth Verdicts(VerdictSource source, HealthState health, params string[] ids) =>
        new(new ServiceKey("default", "echo"), [.. ids.Select(id => new Verdict(id, 0, source, health, health.ToString()))]);

    /// <summary>The command of a registration that must be valid.</summary>
    public static RegisterInstance Command(RegisterInput input)
    {
        var faults = new Faults();
        return RegisterRules.Read(input, faults) ?? throw new InvalidOperationException(string.Join("; ", faults.ToRefusal()!.Problems));
    }

    /// <summary>The faults of a registration body.</summary>
    public static IReadOnlyList<Problem> FaultsOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        var faults = new Faults();
        if (JsonFields.Of(document.RootElement, "", faults) is { } fields) RegisterRules.Read(RegisterInput.Read(fields), faults);
        return faults.ToRefusal()?.Problems ?? [];
    }
}
