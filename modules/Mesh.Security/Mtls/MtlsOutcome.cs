using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Security.State;

namespace Mesh.Security.Mtls;

/// <summary>What commands on mutual TLS modes answer besides whether something changed.</summary>
/// <param name="Version">ETag of the mode; 0 if there is none.</param>
public sealed record MtlsOutcome(long Version)
{
    internal static string Described(MtlsScope scope) => $"The mutual TLS mode of {scope}";
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(MtlsOutcome))]
internal sealed partial class MtlsOutcomeJson : JsonSerializerContext;
