using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Tests.Kernel.Support;

/// <summary>The smallest module there can be: named numbers, to test the kernel's rules by.</summary>
public sealed record CounterState(ImmutableDictionary<string, int> Values);

public sealed record CounterSet(string Name, int Value) : IMeshEvent<CounterSet>
{
    public static string EventType => "test.counters.counter-set.v2";
    public static JsonTypeInfo<CounterSet> JsonType => CounterJson.Default.CounterSet;
}

/// <summary>The older version of the same event: counted in tens.</summary>
public sealed record CounterSetV1(string Name, int Tens) : IMeshEvent<CounterSetV1>
{
    public static string EventType => "test.counters.counter-set.v1";
    public static JsonTypeInfo<CounterSetV1> JsonType => CounterJson.Default.CounterSetV1;
}

/// <summary>An event whose evolve step throws.</summary>
public sealed record CounterBroken(string Name) : IMeshEvent<CounterBroken>
{
    public static string EventType => "test.counters.counter-broken.v1";
    public static JsonTypeInfo<CounterBroken> JsonType => CounterJson.Default.CounterBroken;
}

public sealed record CounterAnswer(int Before);

[JsonSerializable(typeof(CounterSet))]
[JsonSerializable(typeof(CounterSetV1))]
[JsonSerializable(typeof(CounterBroken))]
[JsonSerializable(typeof(CounterAnswer))]
[JsonSerializable(typeof(Dictionary<string, int>))]
public sealed partial class CounterJson : JsonSerializerContext;

public sealed class CounterFold : ModuleFold<CounterState>
{
    public CounterFold(int schemaVersion = 1)
    {
        SchemaVersion = schemaVersion;
        On<CounterSet>(static (state, _, set) => new(state.Values.SetItem(set.Name, set.Value)));
        Upcast<CounterSetV1, CounterSet>(static old => new(old.Name, old.Tens * 10),
            static (state, _, set) => new(state.Values.SetItem(set.Name, set.Value)));
        On<CounterBroken>(static (_, _, broken) => throw new InvalidOperationException($"{broken.Name} cannot be folded"));
    }

    public override string Module => "counters";

    public override int SchemaVersion { get; }

    public override CounterState Empty { get; } = new(ImmutableDictionary<string, int>.Empty);

    public override void Save(CounterState state, Stream target) =>
        JsonSerializer.Serialize(target, state.Values.ToDictionary(), CounterJson.Default.DictionaryStringInt32);

    public override CounterState Load(Stream source) =>
        new(JsonSerializer.Deserialize(source, CounterJson.Default.DictionaryStringInt32)!.ToImmutableDictionary());
}

/// <summary>Sets counters, each on a stream of its own, in one command.</summary>
public sealed record SetCounters(params (string Name, int Value)[] Wanted) : ICommand
{
    public string Name => "counters.set";

    public JsonTypeInfo? AnswerType => CounterJson.Default.CounterAnswer;

    public string? Stream => $"counters/{Wanted[0].Name}";

    public Decision Decide(MeshState state, DecisionContext context)
    {
        if (Wanted.Where(wanted => wanted.Value < 0).ToArray() is { Length: > 0 } wrong)
            return Decision.Rejected(
                new Refusal(RefusalKind.Invalid, [.. wrong.Select(one => new Problem(one.Name, "negative", "A counter is at least 0."))]));
        var values = state.Facts<CounterState>().Values;
        var before = values.GetValueOrDefault(Wanted[0].Name);
        return Decision.Changed(
            [.. Wanted.Where(wanted => values.GetValueOrDefault(wanted.Name) != wanted.Value)
                .Select(wanted => NewEvent.Of($"counters/{wanted.Name}", new CounterSet(wanted.Name, wanted.Value)))],
            new CounterAnswer(before));
    }
}

/// <summary>Appends one raw event.</summary>
public sealed record AppendRaw(NewEvent Event) : ICommand
{
    public string Name => "counters.raw";

    public JsonTypeInfo? AnswerType => null;

    public Decision Decide(MeshState state, DecisionContext context) => Decision.Changed([Event]);
}
