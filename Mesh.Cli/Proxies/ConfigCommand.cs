using System.CommandLine;
using Mesh.Cli.Running;

namespace Mesh.Cli.Proxies;

/// <summary><c>cdaprod-mesh proxy config</c>: what one xDS client was sent, as JSON.</summary>
internal static class ConfigCommand
{
    public static Command Create(GlobalOptions globals)
    {
        var command = new MeshCommand("config",
            "Shows what one xDS client has: every resource it was sent, with its contents, as JSON (or -o yaml).")
        {
            Examples = ["proxy config gateway@host", "proxy config web-1 -o yaml"],
        };
        var client = new Argument<string>("client") { Description = "Node id, as 'proxy status' shows it" };
        command.Add(client);
        command.Does(globals, async (session, cancellation) =>
        {
            var answer = await session.ControlPlane.GetProxyConfigAsync(session.Parsed.GetValue(client)!, cancellation);
            session.Printer.Whole(answer.Body);
        });
        return command;
    }
}
