using System.Text.Json;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.Discovery.Register;
using Mesh.Discovery.State;
using Mesh.Discovery.Xds;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Http;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Resilience.State;
using Mesh.Resilience.Xds;
using Mesh.Traffic.Api;
using Mesh.Traffic.Policies;
using Mesh.Traffic.Rules;
using Mesh.Traffic.State;
using Mesh.Traffic.Xds;

namespace Mesh.Tests.Traffic.Support;

/// <summary>A log without a store: commands of discovery and traffic are decided on the state, folded into it and compiled.</summary>
internal sealed class TrafficLog
{
    private static readonly LogIdentity Identity = new(Guid.Parse("0190d0c4-0b0f-7c3a-9d0a-5d5c5c5c5c5d"), 1);

    /// <param name="resilience">Whether resilience takes part too.</param>
    public TrafficLog(bool resilience = false)
    {
        Folder = new(resilience ? [new DiscoveryFold(), new TrafficFold(), new ResilienceFold()] : [new DiscoveryFold(), new TrafficFold()]);
        Compiler = new(resilience
            ? [new DiscoveryXdsContributor(), new TrafficXdsContributor(), new ResilienceXdsContributor()]
            : [new DiscoveryXdsContributor(), new TrafficXdsContributor()]);
        State = Folder.Empty(Identity);
    }

    public StateFolder Folder { get; }

    public MeshState State { get; private set; }

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public List<LogEntry> Entries { get; } = [];

    public TrafficState Traffic => State.Facts<TrafficState>();

    public XdsCompiler Compiler { get; }

    public XdsSnapshot Snapshot { get; private set; } = XdsSnapshot.None;

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
                Log = Identity, Sequence = State.Sequence + 1, Stream = e.Stream, StreamVersion = State.Stream(e.Stream).Version + 1, EventId = Guid.CreateVersion7(Now),
                Type = e.Type, Time = Now, Actor = "test", CommandId = id, Index = i, Count = decision.Events.Count, Data = e.Data, DataHash = EntryHash.OfData(e.Data.Span),
            };
            entry = entry with { Hash = EntryHash.Link(State.Position.Hash, entry) };
            Entries.Add(entry);
            State = Folder.Apply(State, [entry], (bad, why) => Assert.Fail($"{bad.Type} could not be folded: {why}"));
        }

        return decision;
    }

    /// <summary>Compiles what came since the last call, as the control plane does.</summary>
    public XdsSnapshot Compile(bool reset = false)
    {
        var streams = Entries.Where(entry => entry.Sequence > Snapshot.Sequence).Select(entry => entry.Stream).ToHashSet();
        return Snapshot = Compiler.Compile(new StateChange(State, streams, reset, []), Snapshot);
    }

    public Decision Set(string json) => Send(CommandOf(json));

    public Decision Policy(string service, string json) => Send(PolicyOf(service, json));

    public Decision Remove(string service, string? name = null, string? destination = null) =>
        Send(RouteCommands.Remove(new("default", service), name, destination, null, new Faults())!);

    public Decision Register(string json)
    {
        using var document = JsonDocument.Parse(json);
        var faults = new Faults();
        return Send(RegisterRules.Read(RegisterInput.Read(JsonFields.Of(document.RootElement, "", faults)!), faults) ?? throw Wrong(json, faults));
    }

    /// <summary>The command of a body that must be valid.</summary>
    public static ICommand CommandOf(string json, Precondition? precondition = null)
    {
        using var document = JsonDocument.Parse(json);
        var faults = new Faults();
        return RouteReader.Read(JsonFields.Of(document.RootElement, "", faults)!, faults) is { } demand ? RouteCommands.Set(demand, precondition) : throw Wrong(json, faults);
    }

    public static ICommand PolicyOf(string service, string json)
    {
        using var document = JsonDocument.Parse(json);
        var faults = new Faults();
        var key = new ServiceKey("default", service);
        return PolicyReader.Read(JsonFields.Of(document.RootElement, "", faults)!, key, faults) is { } policy ? new SetPolicy(key, policy) : throw Wrong(json, faults);
    }

    /// <summary>The faults of a route's body.</summary>
    public static IReadOnlyList<Problem> FaultsOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        var faults = new Faults();
        if (JsonFields.Of(document.RootElement, "", faults) is { } fields) RouteReader.Read(fields, faults);
        return faults.ToRefusal()?.Problems ?? [];
    }

    /// <summary>Equal states are equal bytes.</summary>
    public byte[] Bytes(MeshState state)
    {
        using var target = new MemoryStream();
        Folder.Folds[1].Save(state.Facts<TrafficState>(), target);
        return target.ToArray();
    }

    private static InvalidOperationException Wrong(string json, Faults faults) => new($"{json}: {string.Join("; ", faults.ToRefusal()!.Problems)}");
}
