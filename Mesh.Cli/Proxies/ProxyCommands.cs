using System.CommandLine;
using Mesh.Cli.Output;
using Mesh.Cli.Running;

namespace Mesh.Cli.Proxies;

/// <summary><c>cdaprod-mesh proxy …</c>; <c>status</c>: the applied table, what each xDS client has of what it was sent.</summary>
internal static class ProxyCommands
{
    private const int VersionShown = 12;

    public static Command Create(GlobalOptions globals) =>
        new MeshCommand("proxy", "Proxies and other xDS clients.") { Status(globals), ConfigCommand.Create(globals) };

    private static MeshCommand Status(GlobalOptions globals)
    {
        var command = new MeshCommand("status", "Shows which configuration each xDS client was sent, and has acknowledged or refused.")
        {
            Examples = ["proxy status", "proxy status -o json", "proxy status --control-plane=http://127.0.0.1:7410"],
        };
        command.Does(globals, async (session, cancellation) =>
        {
            var answer = await session.ControlPlane.ListProxiesAsync(cancellation);
            var table = new Table("NODE", "FLAVOUR", "TYPE", "STATE", "SENT", "ACKED", "SEQUENCE", "REFUSED BECAUSE")
            {
                WhenEmpty = "no xDS client is connected",
            };
            foreach (var proxy in answer.Value.Items)
            {
                if (proxy.Types.Count == 0)
                    table.Add(proxy.Node, proxy.Flavour, null, "connected", null, null, null, null);
                foreach (var t in proxy.Types)
                    table.Add(proxy.Node, proxy.Flavour, ShortType(t.Type), t.State, Short(t.SentVersion), Short(t.AckedVersion),
                        t.Sequence?.ToString(), t.Nack);
            }

            session.Printer.Answer(answer.Body, table);
        });
        return command;
    }

    // type.googleapis.com/envoy.config.cluster.v3.Cluster → Cluster
    private static string ShortType(string type) => type[(type.LastIndexOfAny(['.', '/']) + 1)..];

    private static string? Short(string? version) => version is { Length: > VersionShown } ? version[..VersionShown] : version;
}
