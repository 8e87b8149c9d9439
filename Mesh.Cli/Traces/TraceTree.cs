using System.Globalization;
using System.Text;

namespace Mesh.Cli.Traces;

/// <summary>Draws a trace: children under their parent in the order of their start, with the time since the trace began.</summary>
internal static class TraceTree
{
    public static string Of(TraceAnswer trace)
    {
        var text = new StringBuilder($"trace {trace.TraceId}, {trace.Spans.Count} spans");
        if (trace.Spans.Count == 0)
            return text.ToString();
        var begin = trace.Spans.Min(span => span.Start);
        var ids = trace.Spans.Select(span => span.SpanId).ToHashSet();
        var children = trace.Spans.OrderBy(span => span.Start).ToLookup(span => ParentOf(span, ids));
        var drawn = new HashSet<string>();
        foreach (var root in children[""])
            Draw(text, root, children, drawn, begin, lead: "", isLast: true, isRoot: true);
        return text.ToString();
    }

    // The caller's own span (the CLI's) is not collected: what names it as parent is a root here. A batched stage hangs where its link
    // points to.
    private static string ParentOf(SpanAnswer span, HashSet<string> ids)
    {
        if (span.ParentSpanId is { Length: > 0 } parent && ids.Contains(parent))
            return parent;
        return span.Links.Select(link => link.SpanId).FirstOrDefault(id => ids.Contains(id) && id != span.SpanId) ?? "";
    }

    private static void Draw(
        StringBuilder text, SpanAnswer span, ILookup<string, SpanAnswer> children, HashSet<string> drawn, DateTimeOffset begin, string lead,
        bool isLast, bool isRoot)
    {
        if (!drawn.Add(span.SpanId))
            return;
        var since = (span.Start - begin).TotalMilliseconds;
        var branch = isRoot ? "" : isLast ? "└─ " : "├─ ";
        text.Append('\n').Append(CultureInfo.InvariantCulture, $"{since,9:0.00} ms  {lead}{branch}{span.Name}");
        text.Append(CultureInfo.InvariantCulture, $"  [{span.Service ?? "?"}]  {span.DurationMs:0.00} ms");
        if (span.Error is { Length: > 0 } error)
            text.Append("  failed: ").Append(error);
        var below = children[span.SpanId].ToArray();
        var deeper = isRoot ? lead : lead + (isLast ? "   " : "│  ");
        for (var i = 0; i < below.Length; i++)
            Draw(text, below[i], children, drawn, begin, deeper, isLast: i == below.Length - 1, isRoot: false);
    }
}
