using System.CommandLine;
using Mesh.Cli.Running;
using Mesh.Cli.Traffic;
using Mesh.Identity;

namespace Mesh.Cli.Security;

/// <summary><c>security agent</c>: keeps a workload's certificate fresh in files.</summary>
internal static class AgentCommand
{
    private const string TokenVariable = "MESH_JOIN_TOKEN";

    public static MeshCommand Create(GlobalOptions globals)
    {
        var command = new MeshCommand("agent",
            "Gets the certificate of a service by a join token, renews it when half of its life is over, and keeps it in files: tls.crt "
                + "(with its chain), tls.key, ca.crt (the roots) and tls.pem (key and chain), until interrupted.")
        {
            Examples = ["security agent --service=shop --dir=/run/shop --token-file=token",
                "security agent --service=shop --dir=/run/shop --once"],
        };
        var options = new TrafficOptions(globals);
        var folder = new Option<string>("--dir") { Description = "Where the files are", HelpName = "folder", Required = true };
        var token = new Option<string?>("--token-file")
        {
            Description = $"File with a join token, read when there is no valid certificate [env: {TokenVariable}, the token itself]",
            HelpName = "file",
        };
        var envoy = new Option<bool>("--envoy")
        {
            Description = "Write sds-certificate.json and sds-bundle.json too, which Envoy reads in /run/cdaprod-mesh",
        };
        var once = new Option<bool>("--once") { Description = "End when there is a valid certificate" };
        options.AddTo(command, writes: false);
        foreach (var option in (ReadOnlySpan<Option>)[folder, token, envoy, once]) command.Add(option);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var files = new SvidFolder(parsed.GetRequiredValue(folder), parsed.GetValue(envoy));
            var agent = new SvidAgent(files, session.Registry.Certificates, new SvidAgentOptions
            {
                JoinToken = cancelled => TokenAsync(parsed.GetValue(token), cancelled),
                Expected = $"{parsed.GetValue(options.Namespace) ?? "default"}/{parsed.GetValue(options.Service)}",
            }, what => session.Printer.Say(TextOf(what)));
            if (!parsed.GetValue(once))
            {
                await agent.RunAsync(cancellation);
                return;
            }

            try
            {
                var (svid, _) = await agent.GetAsync(cancellation);
                session.Printer.Say($"{svid.SpiffeId} is valid until {svid.NotAfter:u}");
            }
            catch (SvidException none)
            {
                throw new CliFailure(ExitCode.Failed, none.Message);
            }
        });
        return command;
    }

    private static async Task<string?> TokenAsync(string? file, CancellationToken cancellation)
    {
        var token = file is null
            ? Environment.GetEnvironmentVariable(TokenVariable)
            : File.Exists(file)
                ? await File.ReadAllTextAsync(file, cancellation)
                : throw new SvidException($"There is no valid certificate, and the file of the join token, {file}, does not exist.");
        return string.IsNullOrWhiteSpace(token) ? null : token.Trim();
    }

    private static string TextOf(SvidEvent what) => what switch
    {
        SvidEvent.Issued { Svid: var svid } => $"{svid.SpiffeId}: a new certificate, valid until {svid.NotAfter:u}",
        SvidEvent.Found { Svid: var svid } => $"{svid.SpiffeId}: the certificate in the folder is valid until {svid.NotAfter:u}",
        SvidEvent.Failed failed => $"{failed.Reason}\n  asking again in {failed.Pause.TotalSeconds:0.#} s",
        _ => "",
    };
}
