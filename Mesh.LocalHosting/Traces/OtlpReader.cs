using System.Globalization;
using Google.Protobuf;
using Mesh.LocalHosting.Traces.Otlp;

namespace Mesh.LocalHosting.Traces;

/// <summary>OTLP's messages as records.</summary>
internal static class OtlpReader
{
    public static IEnumerable<SpanRecord> Read(ExportTraceServiceRequest request) =>
        from resource in request.ResourceSpans
        let service = resource.Resource?.Attributes.FirstOrDefault(attribute => attribute.Key == "service.name")?.Value?.StringValue ?? "unknown"
        from scope in resource.ScopeSpans
        from span in scope.Spans
        select Read(span, service);

    private static SpanRecord Read(Span span, string service) => new(
        Hex(span.SpanId),
        span.ParentSpanId.IsEmpty ? null : Hex(span.ParentSpanId),
        Hex(span.TraceId),
        span.Name,
        service,
        DateTimeOffset.UnixEpoch.AddTicks((long)(span.StartTimeUnixNano / 100)),
        (span.EndTimeUnixNano - (double)span.StartTimeUnixNano) / 1_000_000,
        span.Attributes.GroupBy(attribute => attribute.Key).ToDictionary(group => group.Key, group => Text(group.Last().Value)),
        [.. span.Links.Select(link => new SpanLink(Hex(link.TraceId), Hex(link.SpanId)))],
        span.Status?.Code switch
        {
            Status.Types.StatusCode.Ok => "ok",
            Status.Types.StatusCode.Error => "error",
            _ => "unset",
        },
        span.Status?.Code != Status.Types.StatusCode.Error ? null : span.Status.Message.Length > 0 ? span.Status.Message : "error");

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
