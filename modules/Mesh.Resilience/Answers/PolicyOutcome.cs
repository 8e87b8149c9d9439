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
    internal static string Described(ServiceKey key, PolicyKind kind) => $"The {PolicyKinds.NameOf(kind)} policy of {key}";
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PolicyOutcome))]
internal sealed partial class AnswerJson : JsonSerializerContext;
