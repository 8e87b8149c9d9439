using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Cli.Traces;

/// <summary>A trace as AppHost gives it.</summary>
internal sealed record TraceAnswer
{
    public required string TraceId { get; init; }
    public required IReadOnlyList<SpanAnswer> Spans { get; init; }
}

/// <summary>One span.</summary>
internal sealed record SpanAnswer
{
    public required string SpanId { get; init; }
    public string? ParentSpanId { get; init; }
    public required string Name { get; init; }
    public string? Service { get; init; }
    public required DateTimeOffset Start { get; init; }
    public required double DurationMs { get; init; }
    public string? Error { get; init; }

    /// <summary>Spans of other traces, or of other branches, that this one continues: where a stage works in batches.</summary>
    public IReadOnlyList<LinkAnswer> Links { get; init; } = [];
}

internal sealed record LinkAnswer(string TraceId, string SpanId);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(TraceAnswer))]
internal sealed partial class TraceJson : JsonSerializerContext;
