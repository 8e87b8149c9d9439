using System.CommandLine;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Discovery;

/// <summary><c>cdaprod-mesh discovery drain|maintenance|activate</c> (Flow step 1).</summary>
internal static class ModeCommands
{
    public static IEnumerable<Command> Create(GlobalOptions globals) =>
    [
        Of(globals, "drain", "draining", "Gives instances no new requests; active ones are finished."),
        Of(globals, "maintenance", "maintenance", "Takes instances out of rotation and stops probing them."),
        Of(globals, "activate", "active", "Ends draining or maintenance."),
    ];

    private static MeshCommand Of(GlobalOptions globals, string verb, string mode, string description)
    {
        var typed = $"discovery {verb} --service-name=echo";
        var command = new MeshCommand(verb, description) { Examples = [typed, $"{typed} --instance-id=echo-1"] };
        var service = new ServiceOptions(globals, nameAsArgument: false);
        service.AddForServiceTo(command);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var request = new ModeRequest
            {
                Name = service.NameIn(parsed),
                Namespace = parsed.GetValue(service.Namespace),
                InstanceId = parsed.GetValue(service.InstanceId),
                Mode = mode,
            };
            var answer = await session.Registry.Discovery.SetModeAsync(request, service.WriteOptionsIn(parsed), cancellation);
            session.Printer.Answer(answer.Body, Told(request, answer.Value));
        });
        return command;
    }

    private static string Told(ModeRequest request, WriteAnswer answer)
    {
        var what = $"{(request.InstanceId is null ? "" : request.InstanceId + " of ")}{request.Namespace ?? "default"}/{request.Name}";
        return answer.Changed
            ? $"{what} is {request.Mode} at sequence {answer.Sequence}"
            : $"nothing changed: {what} is {request.Mode} already (sequence {answer.Sequence})";
    }
}
