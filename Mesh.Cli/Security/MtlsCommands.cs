using System.CommandLine;
using Mesh.Cli.Running;
using Mesh.Cli.Traffic;
using Mesh.Contracts.Security;

namespace Mesh.Cli.Security;

/// <summary>
/// <c>security enable-mtls</c>, <c>disable-mtls</c> and <c>mtls remove</c> (Flow step 1): for a service, or with a namespace alone for its
/// default.
/// </summary>
internal static class MtlsCommands
{
    private static readonly string[] Enabled = ["strict", "permissive"];

    public static MeshCommand Enable(GlobalOptions globals)
    {
        var mode = new Option<string?>("--mode")
        {
            Description = "strict: callers require it; permissive: they use it with instances whose label mesh.tls is true "
                + "[default: strict]",
            HelpName = "mode",
        };
        mode.AcceptOnlyFromAmong(Enabled);
        return Setting(
            globals, "enable-mtls", "Has callers of a service connect with mutual TLS. With --namespace alone it sets the default of the "
                + "namespace.",
            ["--service=shop", "--service=shop --mode=permissive", "--namespace=prod"], mode, parsed => parsed.GetValue(mode));
    }

    public static MeshCommand Disable(GlobalOptions globals) => Setting(
        globals, "disable-mtls", "Has callers of a service connect in plaintext, whatever the default of its namespace. With --namespace "
            + "alone it sets that default.",
        ["--service=shop"], null, _ => "disable");

    public static MeshCommand Remove(GlobalOptions globals)
    {
        var command = new MeshCommand("remove",
            "Removes the mode of a service, which has the default of its namespace again; with --namespace alone that default. Doing it "
                + "again changes nothing.")
        {
            Examples = ["security mtls remove --service=shop", "security mtls remove --namespace=prod"],
        };
        var options = ScopeOptions(globals, command);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var answer = await session.Registry.Mtls.RemoveAsync(parsed.GetValue(options.Service), parsed.GetValue(options.Namespace),
                options.WriteOptionsIn(parsed), cancellation);
            session.Printer.Answer(answer.Body, answer.Value.Changed
                ? $"removed the mutual TLS mode of {ScopeOf(answer.Value)} at sequence {answer.Value.Sequence}"
                : $"nothing changed: {ScopeOf(answer.Value)} has no mutual TLS mode (sequence {answer.Value.Sequence})");
        });
        return command;
    }

    private static MeshCommand Setting(
        GlobalOptions globals, string verb, string description, string[] examples, Option? mode, Func<ParseResult, string?> modeIn)
    {
        var command = new MeshCommand(verb, description) { Examples = [.. examples.Select(example => $"security {verb} {example}")] };
        var options = ScopeOptions(globals, command);
        if (mode is not null) command.Add(mode);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var request = new MtlsModeBody
            {
                Service = parsed.GetValue(options.Service), Namespace = parsed.GetValue(options.Namespace), Mode = modeIn(parsed),
            };
            var answer = await session.Registry.Mtls.SetAsync(request, options.WriteOptionsIn(parsed), cancellation);
            session.Printer.Answer(answer.Body, Told(answer.Value));
        });
        return command;
    }

    private static TrafficOptions ScopeOptions(GlobalOptions globals, MeshCommand command)
    {
        var options = new TrafficOptions(globals);
        options.Namespace.Description = "Namespace of the service [default: default], or without --service the one whose default it is";
        options.IfMatch.Description = "Revision that the mode must still have ('security mtls list' shows it); refused otherwise";
        options.AddTo(command, required: false);
        command.Validators.Add(result =>
        {
            if (result.GetResult(options.Service) is null && result.GetResult(options.Namespace) is null)
                result.AddError("Use --service for one service, or --namespace for the default of a namespace.");
        });
        return options;
    }

    private static string Told(MtlsWriteAnswer answer) => answer.Changed
        ? $"set mutual TLS of {ScopeOf(answer)} to {answer.Mode} at sequence {answer.Sequence}"
        : $"nothing changed: mutual TLS of {ScopeOf(answer)} is {answer.Mode} already (sequence {answer.Sequence})";

    private static string ScopeOf(MtlsWriteAnswer answer) =>
        answer.Service is null ? $"namespace {answer.Namespace}" : $"{answer.Namespace}/{answer.Service}";
}
