using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Cli.Traces;

/// <summary>A trace as this program prints it.</summary>
internal sealed record TraceAnswer
{
    public required string TraceId { get; init; }

    /// <summary>By their start; spans of other traces that link into this one are among them.</summary>
    public required IReadOnlyList<SpanAnswer> Spans { get; init; }
}

/// <summary>One span.</summary>
internal sealed record SpanAnswer
{
    public required string SpanId { get; init; }

    /// <summary>The span that it stands under; of the first of a linked trace, the one that it links to.</summary>
    public string? ParentSpanId { get; init; }

    /// <summary>The trace that it was recorded in.</summary>
    public required string TraceId { get; init; }

    public required string Name { get; init; }
    public string? Service { get; init; }
    public required DateTimeOffset Start { get; init; }
    public required double DurationMs { get; init; }
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    /// <summary>Spans of other traces, or of other branches, that this one continues: where a stage works in batches.</summary>
    public IReadOnlyList<LinkAnswer> Links { get; init; } = [];

    /// <summary><c>unset</c>, <c>ok</c> or <c>error</c>.</summary>
    public string Status { get; init; } = "unset";

    public string? Error { get; init; }
}

internal sealed record LinkAnswer(string TraceId, string SpanId);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(TraceAnswer))]
internal sealed partial class TraceJson : JsonSerializerContext;
