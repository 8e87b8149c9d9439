using System.CommandLine;
using System.Text.Json;
using Mesh.Cli.Output;
using Mesh.Cli.Running;

namespace Mesh.Cli.Contexts;

/// <summary><c>context list|use</c>: which mesh is used by default.</summary>
internal static class ContextCommands
{
    public static Command Create(GlobalOptions globals) =>
        new MeshCommand("context", "Which mesh the other commands use by default.") { List(globals), Use(globals) };

    private static MeshCommand List(GlobalOptions globals)
    {
        var command = new MeshCommand("list", "Lists the known meshes.") { Examples = ["context list", "context list -o json"] };
        command.Does(globals, (session, _) =>
        {
            var file = ContextsFile.Read();
            var table = new Table("", "NAME", "REGISTRY", "CONTROL PLANE", "GATEWAY") { WhenEmpty = $"no contexts in {ContextsFile.Path}" };
            foreach (var (name, context) in file.Contexts.OrderBy(context => context.Key, StringComparer.Ordinal))
                table.Add(name == file.Current ? "*" : " ", name, context.Registry, context.ControlPlane, context.Gateway);
            session.Printer.Answer(JsonSerializer.SerializeToUtf8Bytes(file, ContextsJson.Default.ContextsDocument), table);
            return Task.CompletedTask;
        });
        return command;
    }

    private static MeshCommand Use(GlobalOptions globals)
    {
        var name = new Argument<string>("name") { Description = "As 'context list' shows it", HelpName = "name" };
        name.CompletionSources.Add(_ => ContextsFile.NamesForCompletion());
        var command = new MeshCommand("use", "Makes a mesh the current one.") { Examples = ["context use local"] };
        command.Add(name);
        command.Does(globals, (session, _) =>
        {
            var wanted = session.Parsed.GetRequiredValue(name);
            var file = ContextsFile.Read();
            if (!file.Contexts.ContainsKey(wanted))
            {
                var known = string.Join(", ", file.Contexts.Keys.Order(StringComparer.Ordinal));
                throw new CliFailure(ExitCode.Failed,
                    $"No context '{wanted}' in {ContextsFile.Path}{(known.Length > 0 ? $"; there are: {known}" : "")}.");
            }

            if (file.Current != wanted)
                ContextsFile.Use(wanted);
            var text = file.Current == wanted
                ? $"nothing changed: '{wanted}' is the current context already"
                : $"'{wanted}' is the current context now";
            session.Printer.Answer(JsonSerializer.SerializeToUtf8Bytes(ContextsFile.Read(), ContextsJson.Default.ContextsDocument), text);
            return Task.CompletedTask;
        });
        return command;
    }
}
