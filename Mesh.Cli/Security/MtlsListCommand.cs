using System.CommandLine;
using Mesh.Cli.Output;
using Mesh.Cli.Running;
using Mesh.Cli.Traffic;

namespace Mesh.Cli.Security;

/// <summary><c>security mtls list</c>.</summary>
internal static class MtlsListCommand
{
    public static MeshCommand Create(GlobalOptions globals)
    {
        var @namespace = new Option<string?>("--namespace", "-n") { Description = "Only this namespace [default: all]", HelpName = "name" };
        var service = new Option<string?>("--service") { Description = "Only this service", HelpName = "name" };
        var command = new MeshCommand("list",
            "Lists mutual TLS modes, and the services that the default of their namespace applies to. A service that is not listed has "
                + "no mutual TLS.")
        {
            Examples = ["security mtls list", "security mtls list --namespace=prod -o yaml"],
        };
        command.Add(@namespace);
        command.Add(service);
        command.Does(globals, async (session, cancellation) =>
        {
            var answer = await session.Registry.Mtls.ListAsync(session.Parsed.GetValue(service), session.Parsed.GetValue(@namespace),
                cancellation);
            var table = new Table("SERVICE", "MODE", "IN FORCE", "REVISION") { WhenEmpty = "no mutual TLS modes" };
            foreach (var one in answer.Value.Items)
            {
                var name = one.Service is null ? $"{one.Namespace}/*" : TrafficOptions.NameOf(one.Namespace, one.Service);
                table.Add(name, one.Mode, one.Effective, $"{one.Revision}");
            }

            session.Printer.Answer(answer.Body, table);
        });
        return command;
    }
}
