using System.CommandLine;
using Mesh.Cli.Discovery;
using Mesh.Cli.Http;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Resilience;

/// <summary><c>resilience remove</c> (Flow step 1).</summary>
internal static class RemoveCommand
{
    public static MeshCommand Create(GlobalOptions globals)
    {
        var kind = new Option<string>("--kind") { Description = $"Which policy: {string.Join(", ", ResilienceCommands.Paths.Keys)}", HelpName = "kind", Required = true };
        kind.AcceptOnlyFromAmong([.. ResilienceCommands.Paths.Keys]);
        var command = new MeshCommand("remove", "Removes a policy of a service. Doing it again changes nothing.") { Examples = ["resilience remove --service=shop --kind=bulkhead"] };
        var service = new ServiceOptions(globals, nameAsArgument: false, "--service");
        service.AddWriteTo(command, PolicyCommand.IfMatch);
        command.Add(kind);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var (name, @namespace, which) = (service.NameIn(parsed), parsed.GetValue(service.Namespace), parsed.GetRequiredValue(kind));
            var uri = Query.At(session.Location.Registry, $"/api/resilience/{ResilienceCommands.Paths[which]}", ("service", name), ("namespace", @namespace));
            var reply = await session.Client.DeleteAsync(uri, service.HeadersIn(parsed), cancellation);
            var answer = reply.As(RestJson.Default.PolicyWriteAnswer);
            session.Printer.Answer(reply.Body, answer.Changed
                ? $"removed the {which} policy of {@namespace ?? "default"}/{name} at sequence {answer.Sequence}"
                : $"nothing changed: {@namespace ?? "default"}/{name} has no {which} policy (sequence {answer.Sequence})");
        });
        return command;
    }
}
