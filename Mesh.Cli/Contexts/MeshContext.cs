using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Cli.Contexts;

/// <summary>Where one mesh is. Written by AppHost when it starts; every part may be absent.</summary>
internal sealed record MeshContext
{
    public string? Registry { get; init; }
    public string? ControlPlane { get; init; }
    public string? Worker { get; init; }
    public string? Gateway { get; init; }
    public string? Dashboard { get; init; }

    /// <summary>Of the dashboard's API. Never printed: whoever has it reads all telemetry.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWriting)]
    public string? DashboardKey { get; init; }

    public string? DataDir { get; init; }
    public string? Bin { get; init; }
}

/// <summary>The meshes this user knows, and which one is used by default.</summary>
internal sealed record ContextsDocument
{
    public string? Current { get; init; }
    public IReadOnlyDictionary<string, MeshContext> Contexts { get; init; } = new Dictionary<string, MeshContext>();
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContextsDocument))]
internal sealed partial class ContextsJson : JsonSerializerContext;
