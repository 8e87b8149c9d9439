namespace Mesh.LocalHosting.Traces;

/// <summary>A trace as the intake hands it out.</summary>
/// <param name="TraceId">32 hex digits.</param>
/// <param name="Spans">By start; spans of other traces that link into this one are among them.</param>
internal sealed record TraceRecord(string TraceId, IReadOnlyList<SpanRecord> Spans);

/// <summary>One span.</summary>
/// <param name="SpanId">16 hex digits.</param>
/// <param name="ParentSpanId">The span it stands under; for the first span of a linked trace the one it links to; null at the root.</param>
/// <param name="TraceId">The trace it was recorded in.</param>
/// <param name="Name">What was done.</param>
/// <param name="Service">Which resource did it.</param>
/// <param name="Start">When it began.</param>
/// <param name="DurationMs">How long it took, in milliseconds.</param>
/// <param name="Attributes">What is known of it.</param>
/// <param name="Links">Spans of other traces it belongs to as well.</param>
/// <param name="Status"><c>unset</c>, <c>ok</c> or <c>error</c>.</param>
/// <param name="Error">What failed; null where nothing did.</param>
internal sealed record SpanRecord(
    string SpanId,
    string? ParentSpanId,
    string TraceId,
    string Name,
    string Service,
    DateTimeOffset Start,
    double DurationMs,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyList<SpanLink> Links,
    string Status,
    string? Error);

/// <summary>A reference to a span of any trace.</summary>
internal sealed record SpanLink(string TraceId, string SpanId);
