using System.CommandLine;
using Mesh.Cli.Output;
using Mesh.Cli.Running;
using Mesh.Cli.Traffic;

namespace Mesh.Cli.Security;

/// <summary><c>security certificates</c>: what was issued, to whom and by what right.</summary>
internal static class CertificatesCommand
{
    public static MeshCommand Create(GlobalOptions globals)
    {
        var command = new MeshCommand("certificates", "Lists what was issued, newest first: to whom, and by what right.")
        {
            Examples = ["security certificates", "security certificates --service=shop --limit=10 -o json"],
        };
        var options = new TrafficOptions(globals);
        var limit = new Option<int?>("--limit") { Description = "At most so many [default: 100]", HelpName = "number" };
        options.AddTo(command, required: false, writes: false);
        command.Add(limit);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var answer = await session.Registry.Authority.ListCertificatesAsync(parsed.GetValue(options.Service),
                parsed.GetValue(options.Namespace), parsed.GetValue(limit), cancellation);
            var table = new Table("SERIAL", "IDENTITY", "ISSUED", "ENDS", "BY") { WhenEmpty = "no certificates" };
            foreach (var one in answer.Value.Items)
                table.Add(one.Serial, one.Identity, one.IssuedAt.ToString("u"), one.NotAfter.ToString("u"), one.Requester);
            session.Printer.Answer(answer.Body, table);
        });
        return command;
    }
}
