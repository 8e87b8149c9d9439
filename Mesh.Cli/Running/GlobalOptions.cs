using System.CommandLine;
using Mesh.Cli.Output;

namespace Mesh.Cli.Running;

/// <summary>Options that every command takes.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Registry { get; } = new("--registry")
    {
        Description = "URL of the registry [env: MESH_REGISTRY; else the current context's, else http://127.0.0.1:7400]",
        HelpName = "url",
        Recursive = true,
    };

    public Option<string?> ControlPlane { get; } = new("--control-plane")
    {
        Description = "URL of the control plane [env: MESH_CONTROL_PLANE; else the current context's, else ten ports above the registry]",
        HelpName = "url",
        Recursive = true,
    };

    public Option<string?> Context { get; } = new("--context")
    {
        Description = "Another context than the current one",
        HelpName = "name",
        Recursive = true,
    };

    public Option<OutputFormat> Output { get; } = new("--output", "-o")
    {
        Description = "table, json or yaml [default: table]",
        HelpName = "format",
        Recursive = true,
        CustomParser = result => Enum.TryParse<OutputFormat>(result.Tokens[0].Value, ignoreCase: true, out var format)
            && Enum.IsDefined(format)
            ? format
            : Refuse(result),
    };

    public GlobalOptions()
    {
        Output.CompletionSources.Add("table", "json", "yaml");
        Context.CompletionSources.Add(_ => Contexts.ContextsFile.NamesForCompletion());
    }

    public void AddTo(Command root)
    {
        root.Add(Registry);
        root.Add(ControlPlane);
        root.Add(Context);
        root.Add(Output);
    }

    private static OutputFormat Refuse(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError($"--output is table, json or yaml, not '{result.Tokens[0].Value}'.");
        return OutputFormat.Table;
    }
}
