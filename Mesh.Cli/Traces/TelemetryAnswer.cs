using System.Text.Json.Serialization;

namespace Mesh.Cli.Traces;

/// <summary>
/// What the Aspire dashboard answers: spans as OTLP's JSON has them, by the process that they come from. It leaves out what is empty, and
/// source-generated reading gives a property that is only set at creation null in place of its default: hence setters.
/// </summary>
internal sealed record TelemetryAnswer
{
    public TelemetryData Data { get; set; } = new();

    /// <summary>So many traces the dashboard holds.</summary>
    public int TotalCount { get; init; }

    /// <summary>So many of them, the newest, are in this answer.</summary>
    public int ReturnedCount { get; init; }
}

internal sealed record TelemetryData
{
    public IReadOnlyList<ResourceSpans> ResourceSpans { get; set; } = [];
}

internal sealed record ResourceSpans
{
    public TelemetryResource Resource { get; set; } = new();
    public IReadOnlyList<ScopeSpans> ScopeSpans { get; set; } = [];
}

internal sealed record TelemetryResource
{
    public IReadOnlyList<TelemetryAttribute> Attributes { get; set; } = [];
}

internal sealed record ScopeSpans
{
    public IReadOnlyList<TelemetrySpan> Spans { get; set; } = [];
}

internal sealed record TelemetrySpan
{
    public required string TraceId { get; init; }
    public required string SpanId { get; init; }
    public string? ParentSpanId { get; init; }
    public string Name { get; set; } = "";
    public required long StartTimeUnixNano { get; init; }
    public required long EndTimeUnixNano { get; init; }
    public IReadOnlyList<TelemetryAttribute> Attributes { get; set; } = [];
    public IReadOnlyList<LinkAnswer> Links { get; set; } = [];
    public TelemetryStatus? Status { get; init; }
}

internal sealed record TelemetryAttribute(string Key, TelemetryValue? Value);

/// <summary>The dashboard keeps every value as text.</summary>
internal sealed record TelemetryValue(string? StringValue);

/// <param name="Code">0 unset, 1 ok, 2 error.</param>
/// <param name="Message">What failed; may be empty.</param>
internal sealed record TelemetryStatus(int Code, string? Message);

// OTLP's JSON writes 64-bit numbers as text.
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(TelemetryAnswer))]
internal sealed partial class TelemetryJson : JsonSerializerContext;
