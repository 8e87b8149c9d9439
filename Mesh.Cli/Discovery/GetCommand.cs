using System.CommandLine;
using Mesh.Cli.Output;
using Mesh.Cli.Running;

namespace Mesh.Cli.Discovery;

/// <summary><c>cdaprod-registry get</c> and <c>cdaprod-mesh discovery get</c>: one service with everything known of it.</summary>
internal static class GetCommand
{
    public static Command Create(GlobalOptions globals, bool nameAsArgument)
    {
        var typed = nameAsArgument ? "get echo" : "discovery get --service-name=echo";
        var command = new MeshCommand("get", "Shows one service.") { Examples = [typed, $"{typed} --namespace=shop -o yaml"] };
        var service = new ServiceOptions(globals, nameAsArgument);
        service.AddNameTo(command);
        command.Does(globals, async (session, cancellation) =>
        {
            var name = service.NameIn(session.Parsed);
            var answer = await session.Registry.Discovery.GetAsync(name, session.Parsed.GetValue(service.Namespace), cancellation);
            session.Printer.Answer(answer.Body, ServiceTable.Of([answer.Value]));
            if (session.Printer.Format == OutputFormat.Table && answer.ETag is { } etag)
                session.Printer.Say($"ETag {etag}");
        });
        return command;
    }
}
