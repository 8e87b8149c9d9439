using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Security.State;

namespace Mesh.Security.Mtls;

/// <summary>What commands on mutual TLS modes answer besides whether something changed.</summary>
/// <param name="Version">ETag of the mode; 0 if there is none.</param>
public sealed record MtlsOutcome(long Version)
{
    /// <summary>What some clients make of it otherwise; null for nothing.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    internal static string Described(MtlsScope scope) => $"The mutual TLS mode of {scope}";
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MtlsOutcome))]
internal sealed partial class MtlsOutcomeJson : JsonSerializerContext;
