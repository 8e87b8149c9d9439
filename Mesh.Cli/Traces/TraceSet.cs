namespace Mesh.Cli.Traces;

/// <summary>
/// Traces as the dashboard holds them. A stage that works for many commands at once (compile, push) records a trace of its own and links to
/// each command's; asked for a command's trace, such spans are put under the span that they link to.
/// </summary>
internal sealed class TraceSet(IEnumerable<SpanAnswer> spans)
{
    private readonly Dictionary<string, List<SpanAnswer>> _traces =
        spans.GroupBy(span => span.TraceId).ToDictionary(trace => trace.Key, trace => trace.OrderBy(span => span.Start).ToList());

    public static TraceSet Of(params IEnumerable<TelemetryAnswer> answers) => new(
        from answer in answers
        from resource in answer.Data.ResourceSpans
        let service = resource.Resource.Attributes.FirstOrDefault(attribute => attribute.Key == "service.name")?.Value?.StringValue
        from scope in resource.ScopeSpans
        from span in scope.Spans
        select Read(span, service));

    /// <summary>The trace with this id and what links into it; null if it is not among these.</summary>
    public TraceAnswer? Find(string traceId) => _traces.ContainsKey(traceId) ? Assemble(traceId) : null;

    /// <summary>The trace that began last, of those that stand for themselves: one that begins with a link belongs to another.</summary>
    /// <param name="root">Part of the name of its first span.</param>
    public TraceAnswer? Last(string root) =>
        _traces.Values.Select(trace => trace[0])
            .Where(first => first.Links.Count == 0 && first.Name.Contains(root, StringComparison.OrdinalIgnoreCase))
            .MaxBy(first => first.Start) is { } last ? Assemble(last.TraceId) : null;

    private TraceAnswer Assemble(string traceId)
    {
        var assembled = new Dictionary<string, SpanAnswer>();
        var pending = new Queue<string>([traceId]);
        var taken = new HashSet<string>(pending);
        while (pending.TryDequeue(out var next))
        {
            foreach (var span in _traces[next])
                assembled.TryAdd(span.SpanId, next == traceId ? span : Under(span, assembled));
            foreach (var (linked, _) in _traces.Where(other => other.Value.Any(span => span.Links.Any(link => link.TraceId == next))))
            {
                if (taken.Add(linked))
                    pending.Enqueue(linked);
            }
        }

        return new TraceAnswer { TraceId = traceId, Spans = [.. assembled.Values.OrderBy(span => span.Start)] };
    }

    // Spans of a linked trace keep a parent that is in that trace; its first ones go under what they link to.
    private SpanAnswer Under(SpanAnswer span, Dictionary<string, SpanAnswer> assembled) =>
        _traces[span.TraceId].Any(other => other.SpanId == span.ParentSpanId)
            ? span
            : span with
            {
                ParentSpanId = span.Links.FirstOrDefault(link => assembled.ContainsKey(link.SpanId))?.SpanId ?? span.ParentSpanId,
            };

    private static SpanAnswer Read(TelemetrySpan span, string? service) => new()
    {
        SpanId = span.SpanId,
        ParentSpanId = span.ParentSpanId is { Length: > 0 } parent ? parent : null,
        TraceId = span.TraceId,
        Name = span.Name,
        Service = service,
        Start = DateTimeOffset.UnixEpoch.AddTicks(span.StartTimeUnixNano / TimeSpan.NanosecondsPerTick),
        DurationMs = (span.EndTimeUnixNano - span.StartTimeUnixNano) / 1_000_000.0,
        Attributes = span.Attributes.GroupBy(attribute => attribute.Key)
            .ToDictionary(same => same.Key, same => same.Last().Value?.StringValue ?? ""),
        Links = span.Links,
        Status = span.Status?.Code switch { 1 => "ok", 2 => "error", _ => "unset" },
        Error = span.Status?.Code == 2 ? (span.Status.Message is { Length: > 0 } message ? message : "error") : null,
    };
}
