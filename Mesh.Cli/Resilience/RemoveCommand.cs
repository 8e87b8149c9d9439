using System.CommandLine;
using Mesh.Cli.Discovery;
using Mesh.Cli.Running;

namespace Mesh.Cli.Resilience;

/// <summary><c>resilience remove</c> (Flow step 1).</summary>
internal static class RemoveCommand
{
    public static MeshCommand Create(GlobalOptions globals)
    {
        var kind = new Option<string>("--kind") { Description = $"Which policy: {string.Join(", ", ResilienceCommands.Kinds.Keys)}",
            HelpName = "kind", Required = true };
        kind.AcceptOnlyFromAmong([.. ResilienceCommands.Kinds.Keys]);
        var command = new MeshCommand("remove", "Removes a policy of a service. Doing it again changes nothing.")
        {
            Examples = ["resilience remove --service=shop --kind=bulkhead"],
        };
        var service = new ServiceOptions(globals, nameAsArgument: false, "--service");
        service.AddWriteTo(command, PolicyCommand.IfMatch);
        command.Add(kind);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var (name, @namespace, which) = (service.NameIn(parsed), parsed.GetValue(service.Namespace), parsed.GetRequiredValue(kind));
            var write = service.WriteOptionsIn(parsed);
            var (answer, body, _) = await session.Registry.Resilience.RemoveAsync(ResilienceCommands.Kinds[which], name, @namespace, write,
                cancellation);
            session.Printer.Answer(body, answer.Changed
                ? $"removed the {which} policy of {@namespace ?? "default"}/{name} at sequence {answer.Sequence}"
                : $"nothing changed: {@namespace ?? "default"}/{name} has no {which} policy (sequence {answer.Sequence})");
        });
        return command;
    }
}
