using System.CommandLine;
using Mesh.Cli.Http;
using Mesh.Cli.Running;

namespace Mesh.Cli.Traces;

/// <summary><c>cdaprod-mesh trace last [id]</c>: one command's way through the mesh, as AppHost has collected it.</summary>
internal static class TraceCommands
{
    public static Command Create(GlobalOptions globals) => new MeshCommand("trace", "Ways of commands through the mesh.") { Last(globals) };

    private static MeshCommand Last(GlobalOptions globals)
    {
        var command = new MeshCommand("last", "Prints the newest trace of a REST request, or the one named, as a tree with durations.")
        {
            Examples = ["trace last", "trace last 4bf92f3577b34da6a3ce929d0e0e4736", "trace last --root=DiscoveryStatus", "trace last -o json"],
        };
        var id = new Argument<string?>("id") { Description = "Trace id, 32 hexadecimal digits [default: the newest]", Arity = ArgumentArity.ZeroOrOne };
        var root = new Option<string?>("--root") { Description = "Part of the name of its first span [default: /api/]", HelpName = "text" };
        command.Add(id);
        command.Add(root);
        command.Does(globals, async (session, cancellation) =>
        {
            if (session.Location.AppHost is not { } appHost)
            {
                throw new CliFailure(
                    ExitCode.Failed,
                    "No AppHost is known that keeps traces: it writes its address into the contexts file when it runs ('context list'). Elsewhere, look into the tool that OTEL_EXPORTER_OTLP_ENDPOINT names.");
            }

            // Workers and replicas begin traces as well; what is looked for is what somebody has just done.
            var uri = session.Parsed.GetValue(id) is { } wanted
                ? Query.At(appHost, $"/api/v1/traces/{Uri.EscapeDataString(wanted)}")
                : Query.At(appHost, "/api/v1/traces/last", ("root", session.Parsed.GetValue(root) ?? "/api/"));
            var reply = await session.Client.GetAsync(uri, cancellation);
            session.Printer.Answer(reply.Body, TraceTree.Of(reply.As(TraceJson.Default.TraceAnswer)));
        });
        return command;
    }
}
