using System.CommandLine;
using Mesh.Cli.Running;

namespace Mesh.Cli.Discovery;

/// <summary><c>cdaprod-registry list</c> and <c>cdaprod-mesh discovery list</c>.</summary>
internal static class ListCommand
{
    public static Command Create(GlobalOptions globals, string prefix = "")
    {
        var command = new MeshCommand("list", "Lists services and their instances.")
        {
            Examples = [$"{prefix}list", $"{prefix}list --all-namespaces -o json", $"{prefix}list --health=critical",
                $"{prefix}list --metadata team=a --zone=z1"],
        };
        var filter = new FilterOptions();
        filter.AddTo(command);
        command.Does(globals, async (session, cancellation) =>
        {
            var answer = await session.Registry.Discovery.ListAsync(filter.In(session.Parsed), cancellation);
            session.Printer.Answer(answer.Body, ServiceTable.Of(answer.Value.Items));
        });
        return command;
    }
}
