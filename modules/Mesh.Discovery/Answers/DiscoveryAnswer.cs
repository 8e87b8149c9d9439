using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Discovery.Answers;

/// <summary>What discovery's commands answer besides whether something changed.</summary>
public sealed record DiscoveryAnswer
{
    /// <summary>Instances of the service after the command; for reports from workers: how many the entry speaks of.</summary>
    public int Instances { get; init; }

    /// <summary>Instances that the command took out, or whose mode it changed.</summary>
    public int Affected { get; init; }

    /// <summary>The instance that the command was about; null where it was about several.</summary>
    public string? InstanceId { get; init; }

    /// <summary>Its incarnation; 0 without an instance.</summary>
    public long Incarnation { get; init; }

    /// <summary>ETag of the instance, else of the service; 0 if it is gone.</summary>
    public long Version { get; init; }

    /// <summary>Instances now kept in rotation although critical.</summary>
    public int Protected { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(DiscoveryAnswer))]
internal sealed partial class AnswerJson : JsonSerializerContext;
