using System.Globalization;
using Google.Protobuf;

namespace Mesh.Tests.Support.Telemetry;

/// <summary>A span as it was exported.</summary>
/// <param name="Service"><c>service.name</c> of its resource.</param>
/// <param name="Resource">All attributes of the process that it comes from.</param>
/// <param name="Source">The activity source.</param>
/// <param name="TraceId">32 hex digits.</param>
/// <param name="SpanId">16 hex digits.</param>
/// <param name="ParentSpanId">Empty at a root.</param>
/// <param name="Name">What was done.</param>
/// <param name="Attributes">What is known of it.</param>
/// <param name="Links">Ids of the spans that it links to.</param>
internal sealed record SentSpan(
    string Service, IReadOnlyDictionary<string, string> Resource, string Source, string TraceId, string SpanId, string ParentSpanId,
    string Name,
    IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<(string TraceId, string SpanId)> Links);

/// <summary>A log record as it was exported.</summary>
internal sealed record SentLog(
    string Service, IReadOnlyDictionary<string, string> Resource, string Category, string EventName, string Severity, string Body,
    IReadOnlyDictionary<string, string> Attributes, string TraceId);

/// <summary>A metric as it was exported, without its points.</summary>
internal sealed record SentMetric(string Service, IReadOnlyDictionary<string, string> Resource, string Meter, string Name);

/// <summary>OTLP's messages as records.</summary>
internal static class OtlpRecords
{
    public static IEnumerable<SentSpan> Of(ExportTraceServiceRequest request) =>
        from sent in request.ResourceSpans
        let resource = Texts(sent.Resource.Attributes)
        from scope in sent.ScopeSpans
        from span in scope.Spans
        select new SentSpan(resource["service.name"], resource, scope.Scope.Name, Hex(span.TraceId), Hex(span.SpanId),
            Hex(span.ParentSpanId), span.Name,
            Texts(span.Attributes), [.. span.Links.Select(link => (Hex(link.TraceId), Hex(link.SpanId)))]);

    public static IEnumerable<SentLog> Of(ExportLogsServiceRequest request) =>
        from sent in request.ResourceLogs
        let resource = Texts(sent.Resource.Attributes)
        from scope in sent.ScopeLogs
        from log in scope.LogRecords
        select new SentLog(resource["service.name"], resource, scope.Scope.Name, log.EventName, log.SeverityText, Text(log.Body),
            Texts(log.Attributes), Hex(log.TraceId));

    public static IEnumerable<SentMetric> Of(ExportMetricsServiceRequest request) =>
        from sent in request.ResourceMetrics
        let resource = Texts(sent.Resource.Attributes)
        from scope in sent.ScopeMetrics
        from metric in scope.Metrics
        select new SentMetric(resource["service.name"], resource, scope.Scope.Name, metric.Name);

    private static Dictionary<string, string> Texts(IEnumerable<KeyValue> attributes) =>
        attributes.GroupBy(attribute => attribute.Key).ToDictionary(group => group.Key, group => Text(group.Last().Value));

    private static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

    private static string Text(AnyValue? value) => value?.ValueCase switch
    {
        AnyValue.ValueOneofCase.StringValue => value.StringValue,
        AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        AnyValue.ValueOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
        AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue.ToString(CultureInfo.InvariantCulture),
        _ => "",
    };
}
