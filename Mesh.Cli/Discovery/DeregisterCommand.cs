using System.CommandLine;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Discovery;

/// <summary><c>cdaprod-registry deregister</c> and <c>cdaprod-mesh discovery deregister</c> (Flow step 1).</summary>
internal static class DeregisterCommand
{
    public static Command Create(GlobalOptions globals, bool nameAsArgument)
    {
        var typed = nameAsArgument ? "deregister echo" : "discovery deregister --service-name=echo";
        var command = new MeshCommand("deregister", "Removes one instance of a service, or all of them. Doing it again changes nothing.")
        {
            Examples = [typed, $"{typed} --instance-id=echo-1", $"{typed} --namespace=shop"],
        };
        var service = new ServiceOptions(globals, nameAsArgument);
        service.AddForServiceTo(command);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var (name, @namespace, instance) = (service.NameIn(parsed), parsed.GetValue(service.Namespace),
                parsed.GetValue(service.InstanceId));
            var write = service.WriteOptionsIn(parsed);
            var answer = await session.Registry.Discovery.DeregisterAsync(name, @namespace, instance, incarnation: null, write,
                cancellation);
            session.Printer.Answer(answer.Body, Told($"{@namespace ?? "default"}/{name}", instance, answer.Value));
        });
        return command;
    }

    private static string Told(string service, string? instance, WriteAnswer answer)
    {
        if (!answer.Changed)
            return $"nothing changed: {service} has no {(instance is null ? "instances" : $"instance {instance}")} (sequence "
                + $"{answer.Sequence})";
        var gone = instance ?? Count(answer.Affected);
        var left = answer.Instances > 0 ? $"; {Count(answer.Instances)} left" : "";
        return $"deregistered {gone} of {service} at sequence {answer.Sequence}{left}";
    }

    private static string Count(int? number) => number switch { null => "all instances", 1 => "1 instance", _ => $"{number} instances" };
}
