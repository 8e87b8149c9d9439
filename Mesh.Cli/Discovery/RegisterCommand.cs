using System.CommandLine;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Discovery;

/// <summary><c>cdaprod-registry register</c> and <c>cdaprod-mesh discovery register</c> (Flow step 1).</summary>
internal static class RegisterCommand
{
    public static Command Create(GlobalOptions globals, bool nameAsArgument)
    {
        var typed = nameAsArgument ? "register echo" : "discovery register --service-name=echo";
        var command = new MeshCommand("register", "Registers or updates an instance of a service. Doing it again changes nothing.")
        {
            Examples =
            [
                $"{typed} --url=http://127.0.0.1:9001",
                $"{typed} --url=http://127.0.0.1:9002 --version=v2 --weight=20 --metadata team=a",
                $"{typed} --address=10.0.0.7 --port=9000 --protocol=grpc --check=grpc --check-interval=5s",
                $"{typed} --url=http://127.0.0.1:9003 --ttl=30s --replace",
            ],
        };
        var service = new ServiceOptions(globals, nameAsArgument);
        var registration = new RegistrationOptions();
        service.AddForInstanceTo(command, "Name of the instance [default: made from name and address]");
        registration.AddTo(command);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var request = registration.In(parsed, service.NameIn(parsed), parsed.GetValue(service.Namespace),
                parsed.GetValue(service.InstanceId));
            if (registration.ReplaceIn(parsed)) request = request with { Replace = true };
            var answer = await session.Registry.Discovery.RegisterAsync(request, service.WriteOptionsIn(parsed), cancellation);
            session.Printer.Answer(answer.Body, Told(request, answer.Value));
        });
        return command;
    }

    private static string Told(RegistrationRequest request, WriteAnswer answer)
    {
        var what =
            $"{answer.InstanceId ?? request.InstanceId ?? "the instance"} of "
                + $"{answer.Namespace ?? request.Namespace ?? "default"}/{request.Name}";
        if (!answer.Changed)
            return $"nothing changed: {what} is registered with these values already (sequence {answer.Sequence})";
        var others = answer.Instances > 1 ? $"; the service has {answer.Instances} instances" : "";
        return $"registered {what} at sequence {answer.Sequence}{others}";
    }
}
