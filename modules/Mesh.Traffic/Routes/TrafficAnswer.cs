using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Traffic.Routes;

/// <summary>What traffic's commands answer besides whether something changed.</summary>
public sealed record TrafficAnswer
{
    /// <summary>The route that the command was about; null for a policy.</summary>
    public string? Route { get; init; }

    /// <summary>How many destinations it has after the command.</summary>
    public int Destinations { get; init; }

    /// <summary>ETag of the route or policy; 0 if it is gone.</summary>
    public long Version { get; init; }

    /// <summary>What some clients make of it otherwise; null for nothing.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(TrafficAnswer))]
internal sealed partial class AnswerJson : JsonSerializerContext;
