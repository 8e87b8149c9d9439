using System.CommandLine;
using Mesh.Cli.Output;
using Mesh.Cli.Running;
using Mesh.Cli.Traffic;
using Mesh.Contracts.Security;

namespace Mesh.Cli.Security;

/// <summary><c>security revocation add|list|remove</c> (Flow step 1).</summary>
internal static class RevocationCommands
{
    public static MeshCommand Add(GlobalOptions globals)
    {
        var command = new MeshCommand("add",
            "Puts a certificate or a service on the deny list: it is not renewed, and the service cannot join. Doing it again changes "
                + "nothing.")
        {
            Examples = ["security revocation add --serial=4a01ff…",
                "security revocation add --service=shop --reason='machine taken over'"],
        };
        var (options, serial) = Subject(globals, command);
        var reason = new Option<string?>("--reason") { Description = "Why, for people", HelpName = "text" };
        command.Add(reason);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var request = new RevocationBody
            {
                Serial = parsed.GetValue(serial), Service = parsed.GetValue(options.Service),
                Namespace = parsed.GetValue(options.Namespace), Reason = parsed.GetValue(reason),
            };
            var answer = await session.Registry.Credentials.AddRevocationAsync(request, cancellation);
            session.Printer.Answer(answer.Body, answer.Value.Changed ? "it is on the deny list now"
                : "nothing changed: it is on the deny list already");
        });
        return command;
    }

    public static MeshCommand Remove(GlobalOptions globals)
    {
        var command = new MeshCommand("remove", "Takes a certificate or a service off the deny list.")
        {
            Examples = ["security revocation remove --serial=4a01ff…", "security revocation remove --service=shop"],
        };
        var (options, serial) = Subject(globals, command);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var answer = await session.Registry.Credentials.RemoveRevocationAsync(parsed.GetValue(serial), parsed.GetValue(options.Service),
                parsed.GetValue(options.Namespace), cancellation);
            session.Printer.Answer(answer.Body, answer.Value.Changed ? "it is off the deny list now"
                : "nothing changed: it is not on the deny list");
        });
        return command;
    }

    public static MeshCommand List(GlobalOptions globals)
    {
        var command = new MeshCommand("list", "Shows the deny list, newest first.") { Examples = ["security revocation list"] };
        command.Does(globals, async (session, cancellation) =>
        {
            var answer = await session.Registry.Credentials.ListRevocationsAsync(cancellation);
            var table = new Table("SERIAL OR IDENTITY", "SINCE", "BY", "REASON") { WhenEmpty = "nothing is on the deny list" };
            foreach (var one in answer.Value.Items) table.Add(one.Serial ?? one.Identity, one.At.ToString("u"), one.Actor, one.Reason);
            session.Printer.Answer(answer.Body, table);
        });
        return command;
    }

    private static (TrafficOptions Service, Option<string?> Serial) Subject(GlobalOptions globals, MeshCommand command)
    {
        var options = new TrafficOptions(globals);
        var serial = new Option<string?>("--serial")
        {
            Description = "One certificate, by its serial in hexadecimal ('security certificates' lists them)", HelpName = "serial",
        };
        command.Add(serial);
        options.AddTo(command, required: false, writes: false);
        command.Validators.Add(result =>
        {
            if ((result.GetResult(serial) is null) == (result.GetResult(options.Service) is null))
                result.AddError("Use --serial for one certificate, or --service for all of a service.");
        });
        return (options, serial);
    }
}
