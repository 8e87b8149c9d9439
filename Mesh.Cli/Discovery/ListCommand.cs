using System.CommandLine;
using Mesh.Cli.Http;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Discovery;

/// <summary><c>cdaprod-registry list</c> and <c>cdaprod-mesh discovery list</c>.</summary>
internal static class ListCommand
{
    public static Command Create(GlobalOptions globals, string prefix = "")
    {
        var command = new MeshCommand("list", "Lists services and their instances.")
        {
            Examples = [$"{prefix}list", $"{prefix}list --all-namespaces -o json", $"{prefix}list --health=critical", $"{prefix}list --metadata team=a --zone=z1"],
        };
        var filter = new FilterOptions();
        filter.AddTo(command);
        command.Does(globals, async (session, cancellation) =>
        {
            var reply = await session.Client.GetAsync(Query.At(session.Location.Registry, "/api/discovery/services", filter.In(session.Parsed)), cancellation);
            session.Printer.Answer(reply.Body, ServiceTable.Of(reply.As(RestJson.Default.ServiceListAnswer).Items));
        });
        return command;
    }
}
