using System.CommandLine;
using Mesh.Cli.Http;
using Mesh.Cli.Output;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

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
            var path = $"/api/discovery/services/{Uri.EscapeDataString(service.NameIn(session.Parsed))}";
            var reply = await session.Client.GetAsync(Query.At(session.Location.Registry, path, ("namespace", session.Parsed.GetValue(service.Namespace))), cancellation);
            var found = reply.As(RestJson.Default.ServiceAnswer);
            session.Printer.Answer(reply.Body, ServiceTable.Of([found]));
            if (session.Printer.Format == OutputFormat.Table && reply.ETag is { } etag)
                session.Printer.Say($"ETag {etag}");
        });
        return command;
    }
}
