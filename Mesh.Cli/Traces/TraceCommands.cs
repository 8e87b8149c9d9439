using System.CommandLine;
using System.Text.Json;
using Mesh.Cli.Running;

namespace Mesh.Cli.Traces;

/// <summary><c>cdaprod-mesh trace last [id]</c>: one command's way through the mesh, as the Aspire dashboard has collected it.</summary>
internal static class TraceCommands
{
    // The first is enough where somebody looks for what was just done; the second is all that the dashboard keeps by default.
    private const int Newest = 500, All = 10_000;

    public static Command Create(GlobalOptions globals) =>
        new MeshCommand("trace", "Traces of commands through the mesh.") { Last(globals) };

    private static MeshCommand Last(GlobalOptions globals)
    {
        var command = new MeshCommand("last", "Prints the newest trace of a REST request, or the one named, as a tree with durations.")
        {
            Examples = ["trace last", "trace last 4bf92f3577b34da6a3ce929d0e0e4736", "trace last --root=DiscoveryStatus",
                "trace last -o json"],
        };
        var id = new Argument<string?>("id")
        {
            Description = "Trace id, 32 hexadecimal digits [default: the newest]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var root = new Option<string?>("--root") { Description = "Part of the name of its first span [default: /api/]", HelpName = "text" };
        command.Add(id);
        command.Add(root);
        command.Does(globals, async (session, cancellation) =>
        {
            if (session.Location.Dashboard is not { } address)
            {
                throw new CliFailure(
                    ExitCode.Failed,
                    "No dashboard with traces is known: AppHost writes its address into the contexts file while it runs ('context "
                        + "list'). Without AppHost, use the tool that OTEL_EXPORTER_OTLP_ENDPOINT names.");
            }

            using var dashboard = new Dashboard(address, session.Location.DashboardKey);
            // Workers and replicas begin traces as well; what is looked for is what somebody has just done.
            var trace = session.Parsed.GetValue(id) is { } wanted
                ? await FindAsync(dashboard, wanted.ToLowerInvariant(), cancellation)
                : await LastAsync(dashboard, session.Parsed.GetValue(root) ?? "/api/", cancellation);
            session.Printer.Answer(JsonSerializer.SerializeToUtf8Bytes(trace, TraceJson.Default.TraceAnswer), TraceTree.Of(trace));
        });
        return command;
    }

    private static async Task<TraceAnswer> FindAsync(Dashboard dashboard, string id, CancellationToken cancellation)
    {
        var found = await dashboard.FindAsync(id, cancellation)
            ?? throw new CliFailure(ExitCode.Failed,
                $"The dashboard has no trace {id}: it keeps the newest {All:N0}, and spans take a second or two to get there.");
        // What links into it is in traces of its own. A shortened id is answered too, with the whole one.
        var others = await dashboard.NewestAsync(All, cancellation);
        var whole = found.Data.ResourceSpans.SelectMany(resource => resource.ScopeSpans).SelectMany(scope => scope.Spans)
            .Select(span => span.TraceId).FirstOrDefault() ?? id;
        var set = TraceSet.Of(others);
        return set.Find(whole) ?? TraceSet.Of(others, found).Find(whole) ?? new TraceAnswer { TraceId = whole, Spans = [] };
    }

    private static async Task<TraceAnswer> LastAsync(Dashboard dashboard, string root, CancellationToken cancellation)
    {
        var newest = await dashboard.NewestAsync(Newest, cancellation);
        if (TraceSet.Of(newest).Last(root) is { } last)
            return last;
        var all = newest.ReturnedCount < newest.TotalCount ? await dashboard.NewestAsync(All, cancellation) : newest;
        return TraceSet.Of(all).Last(root)
            ?? throw new CliFailure(ExitCode.Failed,
                $"None of the dashboard's {all.ReturnedCount} traces begins with '{root}': spans take a second or two to get there; "
                    + "--root looks for another beginning.");
    }
}
