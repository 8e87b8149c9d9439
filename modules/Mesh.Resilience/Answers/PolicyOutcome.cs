using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Resilience.Policies;

namespace Mesh.Resilience.Answers;

/// <summary>What resilience's commands answer besides whether something changed.</summary>
/// <param name="Version">ETag of the policy; 0 if there is none.</param>
public sealed record PolicyOutcome(long Version)
{
    /// <summary>What some clients make of it otherwise; null for nothing.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    internal static string Described(ServiceKey key, PolicyKind kind) => $"The {PolicyKinds.NameOf(kind)} policy of {key}";
}

/// <summary>What became of a report of incidents.</summary>
/// <param name="Taken">Kinds that are in the log now.</param>
/// <param name="RetryAfterMs">When the first of the others may be, in milliseconds; 0 where all were taken.</param>
public sealed record IncidentsOutcome(string[] Taken, long RetryAfterMs);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PolicyOutcome))]
[JsonSerializable(typeof(IncidentsOutcome))]
internal sealed partial class AnswerJson : JsonSerializerContext;
