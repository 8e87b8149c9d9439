using System.CommandLine;
using Mesh.Api.Client;
using Mesh.Cli.Http;
using Mesh.Cli.Output;
using Mesh.Cli.Running;
using Mesh.Contracts.Security;

namespace Mesh.Cli.Security;

/// <summary><c>security ca status|rotate|export-bundle|import</c> (Flow step 1).</summary>
internal static class AuthorityCommands
{
    public static MeshCommand Status(GlobalOptions globals)
    {
        var command = new MeshCommand("status", "Shows roots and intermediates, and what needs somebody's hand.")
        {
            Examples = ["security ca status", "security ca status -o yaml"],
        };
        command.Does(globals, async (session, cancellation) =>
        {
            var answer = await session.Registry.Authority.GetAsync(cancellation);
            foreach (var warning in answer.Value.Warnings ?? []) session.Printer.Say($"warning: {warning}");
            session.Printer.Answer(answer.Body, TableOf(answer.Value));
        });
        return command;
    }

    public static MeshCommand Rotate(GlobalOptions globals)
    {
        var command = new MeshCommand("rotate",
            "Makes a new intermediate, which signs at once; or with --root a new root, which everybody trusts at once and which is used "
                + "when every certificate has been renewed.")
        {
            Examples = ["security ca rotate", "security ca rotate --root", "security ca rotate --root --at-once"],
        };
        var root = new Option<bool>("--root") { Description = "A new root too" };
        var atOnce = new Option<bool>("--at-once")
        {
            Description = "Use the new root at once, or one that is prepared: calls fail until every peer knows it",
        };
        var key = KeyOption();
        command.Add(root);
        command.Add(atOnce);
        command.Add(key);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var request = new RotateAuthorityBody { Root = parsed.GetValue(root), AtOnce = parsed.GetValue(atOnce) };
            var write = Revisions.WriteOptionsOf(parsed.GetValue(key), null);
            Tell(session, await session.Registry.Authority.RotateAsync(request, write, cancellation));
        });
        return command;
    }

    public static MeshCommand ExportBundle(GlobalOptions globals)
    {
        var command = new MeshCommand("export-bundle", "Prints the roots to be trusted as PEM, or writes them to a file.")
        {
            Examples = ["security ca export-bundle", "security ca export-bundle --file=bundle.pem"],
        };
        var file = new Option<string?>("--file", "-f") { Description = "Where to write it [default: standard output]", HelpName = "file" };
        command.Add(file);
        command.Does(globals, async (session, cancellation) =>
        {
            var answer = await session.Registry.Authority.GetBundleAsync(cancellation);
            if (session.Parsed.GetValue(file) is not { } path)
            {
                session.Printer.Answer(answer.Body, answer.Value.Pem.TrimEnd('\n'));
                return;
            }

            await File.WriteAllTextAsync(path, answer.Value.Pem, cancellation);
            session.Printer.Answer(answer.Body, $"wrote the bundle of {answer.Value.TrustDomain} to {path}");
        });
        return command;
    }

    public static MeshCommand Import(GlobalOptions globals)
    {
        var command = new MeshCommand("import",
            "Takes a root, or an intermediate with the chain up to its root, from outside. The key is read from a file, sent to the "
                + "registry and kept there encrypted.")
        {
            Examples = ["security ca import --certificates=intermediate-and-root.pem --key=intermediate.key",
                "security ca import --certificates=root.pem --key=root.key --at-once"],
        };
        var certificates = new Option<string>("--certificates")
        {
            Description = "PEM file: the certificate of the key first, then those up to the root", HelpName = "file", Required = true,
        };
        var privateKey = new Option<string>("--key") { Description = "PEM file of the private key, not encrypted", HelpName = "file",
            Required = true };
        var atOnce = new Option<bool>("--at-once") { Description = "Use it at once: calls fail until every peer trusts its root" };
        var key = KeyOption();
        foreach (var option in (ReadOnlySpan<Option>)[certificates, privateKey, atOnce, key]) command.Add(option);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var request = new ImportAuthorityBody
            {
                Certificates = await ReadAsync(parsed.GetRequiredValue(certificates), cancellation),
                Key = await ReadAsync(parsed.GetRequiredValue(privateKey), cancellation),
                AtOnce = parsed.GetValue(atOnce),
            };
            var write = Revisions.WriteOptionsOf(parsed.GetValue(key), null);
            Tell(session, await session.Registry.Authority.ImportAsync(request, write, cancellation));
        });
        return command;
    }

    private static async Task<string> ReadAsync(string path, CancellationToken cancellation) => File.Exists(path)
        ? await File.ReadAllTextAsync(path, cancellation)
        : throw new CliFailure(ExitCode.WrongUsage, $"{path} does not exist.");

    private static Option<string?> KeyOption() => new("--idempotency-key")
    {
        Description = "Key under which the change is made once, however often it is sent [default: a new one]", HelpName = "key",
    };

    private static void Tell(Session session, ApiAnswer<AuthorityChangeAnswer> answer)
    {
        var authority = answer.Value.Authority;
        foreach (var warning in authority.Warnings ?? []) session.Printer.Say($"warning: {warning}");
        session.Printer.Answer(answer.Body, !answer.Value.Changed ? "nothing changed: this was done before"
            : authority.Roots.FirstOrDefault(root => root.Phase == "prepared") is { } next
                ? $"root {next.Id} is trusted now, and used from {next.ActiveFrom:u} on"
                : $"intermediate {authority.Intermediates.Last(one => one.Phase == "active").Id} signs now");
    }

    private static Table TableOf(AuthorityStatusAnswer authority)
    {
        var table = new Table("KIND", "ID", "PHASE", "USED FROM", "ENDS", "KEY", "TRUSTED UNTIL");
        foreach (var (kind, list) in new[] { ("root", authority.Roots), ("intermediate", authority.Intermediates) })
        {
            foreach (var one in list)
                table.Add(kind, one.Id, one.Phase, one.ActiveFrom.ToString("u"), one.NotAfter.ToString("u"),
                    one.HasKey ? one.Imported ? "imported" : "here" : "elsewhere", one.TrustedUntil?.ToString("u"));
        }

        return table;
    }
}
