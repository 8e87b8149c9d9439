namespace Mesh.LocalHosting.Traces;

/// <summary>
/// The last traces, oldest out first. A stage that works for many commands at once (relay, compile, push) records a trace of its own
/// and links to each command's; asked for a command's trace, such spans are put under the span they link to.
/// </summary>
internal sealed class TraceStore(int mostTraces = TraceStore.MostTraces, int mostSpans = TraceStore.MostSpans)
{
    public const int MostTraces = 1_000, MostSpans = 2_000;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<SpanRecord>> _traces = [];
    private readonly LinkedList<string> _order = new();

    public void Add(IEnumerable<SpanRecord> spans)
    {
        lock (_lock)
        {
            foreach (var span in spans)
            {
                if (!_traces.TryGetValue(span.TraceId, out var trace))
                {
                    _traces[span.TraceId] = trace = [];
                    _order.AddLast(span.TraceId);
                    if (_order.Count > mostTraces)
                    {
                        _traces.Remove(_order.First!.Value);
                        _order.RemoveFirst();
                    }
                }

                if (trace.Count < mostSpans)
                    trace.Add(span);
            }
        }
    }

    /// <summary>The trace with this id and what links into it; null if it is not (or no longer) held.</summary>
    public TraceRecord? Find(string traceId)
    {
        lock (_lock)
            return _traces.ContainsKey(traceId) ? Assemble(traceId) : null;
    }

    /// <summary>
    /// The trace that began last, of those that stand for themselves (a trace that begins with a link belongs to another).
    /// </summary>
    /// <param name="root">Part of the name of its first span, for example <c>/api/discovery/register</c>; null takes any.</param>
    public TraceRecord? Last(string? root)
    {
        lock (_lock)
        {
            var last = _traces.Values
                .Select(spans => spans.MinBy(span => span.Start)!)
                .Where(first => first.Links.Count == 0 && (root is null || first.Name.Contains(root, StringComparison.OrdinalIgnoreCase)))
                .MaxBy(first => first.Start);
            return last is null ? null : Assemble(last.TraceId);
        }
    }

    private TraceRecord Assemble(string traceId)
    {
        var spans = new Dictionary<string, SpanRecord>();
        var pending = new Queue<string>([traceId]);
        var taken = new HashSet<string>(pending);
        while (pending.TryDequeue(out var next))
        {
            foreach (var span in _traces[next])
                spans.TryAdd(span.SpanId, next == traceId ? span : Under(span, spans, next));
            foreach (var (linked, _) in _traces.Where(other => other.Value.Any(span => span.Links.Any(link => link.TraceId == next))))
            {
                if (taken.Add(linked))
                    pending.Enqueue(linked);
            }
        }

        return new TraceRecord(traceId, [.. spans.Values.OrderBy(span => span.Start)]);
    }

    // Spans of a linked trace keep their parent if it is in that trace; its first ones go under what they link to.
    private SpanRecord Under(SpanRecord span, Dictionary<string, SpanRecord> assembled, string trace) =>
        span.ParentSpanId is { } parent && _traces[trace].Any(other => other.SpanId == parent)
            ? span
            : span with { ParentSpanId = span.Links.FirstOrDefault(link => assembled.ContainsKey(link.SpanId))?.SpanId ?? span.ParentSpanId };
}
