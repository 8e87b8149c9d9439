using System.CommandLine;
using System.Text.Json;
using Mesh.Api.Client.Operations;
using Mesh.Cli.Output;
using Mesh.Cli.Running;
using Mesh.Cli.Traffic;
using Mesh.Contracts.Security;

namespace Mesh.Cli.Security;

/// <summary><c>security join-token create|list|revoke</c> (Flow step 1).</summary>
internal static class JoinTokenCommands
{
    public static MeshCommand Make(GlobalOptions globals)
    {
        var command = new MeshCommand("create",
            "Makes a token by which a service gets its first certificate, once. It is written to a file that only you can read, or to "
                + "standard output, and shown this once.")
        {
            Examples = ["security join-token create --service=shop --file=token",
                "security join-token create --service=shop --lifetime=10m --file=token"],
        };
        var options = new TrafficOptions(globals);
        var lifetime = new Option<string?>("--lifetime")
        {
            Description = "How long it may be used, 10s to 24h [default: 1h]", HelpName = "duration",
        };
        var file = new Option<string?>("--file", "-f")
        {
            Description = "Where to write it; the file must not exist yet [default: standard output]", HelpName = "file",
        };
        options.AddTo(command, writes: false);
        command.Add(lifetime);
        command.Add(file);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var request = new JoinTokenBody
            {
                Service = parsed.GetValue(options.Service)!, Namespace = parsed.GetValue(options.Namespace),
                Lifetime = parsed.GetValue(lifetime),
            };
            using var target = parsed.GetValue(file) is { } path ? new SecretFile(path) : null;
            var answer = await session.Registry.Credentials.CreateJoinTokenAsync(request, cancellation);
            var told = $"join token {answer.Value.Id} of {TrafficOptions.NameOf(answer.Value.Namespace, answer.Value.Service)} may be used "
                + $"once, until {answer.Value.ExpiresAt:u}";
            if (target is not null)
            {
                await target.WriteAsync(answer.Value.Token + "\n");
                // Whoever keeps what is printed must not keep the token.
                var shown = answer.Value with { Token = "" };
                session.Printer.Answer(JsonSerializer.SerializeToUtf8Bytes(shown, SecurityJson.Default.JoinTokenCreatedAnswer),
                    $"{told}; it is in {target.Path}");
            }
            else if (session.Printer.Format == OutputFormat.Table)
            {
                session.Printer.Say(told);
                session.Printer.Answer(answer.Body, answer.Value.Token);
            }
            else session.Printer.Answer(answer.Body, told);
        });
        return command;
    }

    public static MeshCommand List(GlobalOptions globals)
    {
        var command = new MeshCommand("list", "Lists join tokens without their secrets, newest first.")
        {
            Examples = ["security join-token list", "security join-token list -o json"],
        };
        command.Does(globals, async (session, cancellation) =>
        {
            var answer = await session.Registry.Credentials.ListJoinTokensAsync(cancellation);
            var table = new Table("ID", "SERVICE", "STATE", "EXPIRES", "USED", "CREATED BY") { WhenEmpty = "no join tokens" };
            foreach (var one in answer.Value.Items)
                table.Add(one.Id, TrafficOptions.NameOf(one.Namespace, one.Service), one.State, one.ExpiresAt.ToString("u"),
                    one.UsedAt?.ToString("u"), one.CreatedBy);
            session.Printer.Answer(answer.Body, table);
        });
        return command;
    }

    public static MeshCommand Revoke(GlobalOptions globals)
    {
        var command = new MeshCommand("revoke", "Revokes a join token by its id. Doing it again changes nothing.")
        {
            Examples = ["security join-token revoke o4Jx0lq2Zk9A"],
        };
        var id = new Argument<string>("id") { Description = "Its id, as 'security join-token list' shows it" };
        command.Add(id);
        command.Does(globals, async (session, cancellation) =>
        {
            // Whoever types the token itself must not find it in logs and answers.
            var which = CredentialApi.JoinTokenIdOf(session.Parsed.GetRequiredValue(id));
            var answer = await session.Registry.Credentials.RevokeJoinTokenAsync(which, cancellation);
            session.Printer.Answer(answer.Body, answer.Value.Changed ? $"revoked join token {which}"
                : $"nothing changed: join token {which} was used or revoked before");
        });
        return command;
    }
}
