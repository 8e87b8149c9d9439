using System.Diagnostics;
using Mesh.Kernel.Log;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Telemetry;

/// <summary>
/// Spans of the control plane. The entry behind a span is its parent, so that a command is one trace from the CLI to the push; several of
/// different traces, which came in one batch, are links. No span tells of what nobody traces.
/// </summary>
internal static class ControlPlaneTracing
{
    private static readonly ActivitySource Source = new("Cdaprod.Mesh.ControlPlane");

    public static Activity? Compile(IReadOnlyList<LogEntry> causes, long sequence)
    {
        var span = Start("xds compile", ActivityKind.Internal, causes);
        span?.SetTag("mesh.sequence", sequence);
        return span;
    }

    public static Activity? Push(IReadOnlyList<LogEntry> causes, string node, XdsType type, int resources, int removed, long sequence)
    {
        if (causes.Count == 0) return null;
        var span = Start("xds push", ActivityKind.Producer, causes);
        span?.SetTag("mesh.node", node).SetTag("mesh.type", type.ToString()).SetTag("mesh.sequence", sequence)
            .SetTag("mesh.resources", resources).SetTag("mesh.removed", removed);
        return span;
    }

    private static Activity? Start(string name, ActivityKind kind, IReadOnlyList<LogEntry> causes)
    {
        if (!Source.HasListeners()) return null;
        var contexts = causes.Select(c => c.TraceParent).Distinct()
            .Select(p => ActivityContext.TryParse(p, null, isRemote: true, out var context) ? context : default)
            .Where(c => c.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)).ToList();
        if (contexts.Count == 0) return null;
        // A command and a reconciler's answer to it are one trace already.
        if (contexts.TrueForAll(context => context.TraceId == contexts[0].TraceId))
            return Source.StartActivity(name, kind, contexts[0], links: contexts.Skip(1).Select(context => new ActivityLink(context)));

        // A root of its own: the loop that works for everybody has no current span worth inheriting.
        Activity.Current = null;
        return Source.StartActivity(name, kind, default(ActivityContext), links: contexts.Select(c => new ActivityLink(c)));
    }
}
