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
        var command = new MeshCommand("last", "Prints the newest trace, or the one named, as a tree with durations.")
        {
            Examples = ["trace last", "trace last 4bf92f3577b34da6a3ce929d0e0e4736", "trace last -o json"],
        };
        var id = new Argument<string?>("id") { Description = "Trace id, 32 hexadecimal digits [default: the newest]", Arity = ArgumentArity.ZeroOrOne };
        command.Add(id);
        command.Does(globals, async (session, cancellation) =>
        {
            if (session.Location.AppHost is not { } appHost)
            {
                throw new CliFailure(
                    ExitCode.Failed,
                    "No AppHost is known that keeps traces: it writes its address into the contexts file when it runs ('context list'). Elsewhere, look into the tool that OTEL_EXPORTER_OTLP_ENDPOINT names.");
            }

            var wanted = session.Parsed.GetValue(id);
            var reply = await session.Client.GetAsync(Query.At(appHost, wanted is null ? "/api/v1/traces/last" : $"/api/v1/traces/{Uri.EscapeDataString(wanted)}"), cancellation);
            session.Printer.Answer(reply.Body, TraceTree.Of(reply.As(TraceJson.Default.TraceAnswer)));
        });
        return command;
    }
}
