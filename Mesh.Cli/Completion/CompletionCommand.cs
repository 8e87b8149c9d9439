using System.CommandLine;
using Mesh.Cli.Running;

namespace Mesh.Cli.Completion;

/// <summary><c>completion bash|zsh|fish</c>: prints a script that asks this program itself what may follow.</summary>
internal static class CompletionCommand
{
    public static Command Create(GlobalOptions globals, string program) =>
        new MeshCommand("completion", "Prints the script that completes commands in a shell.")
        {
            Of(globals, program, "bash", $"source <({program} completion bash)", CompletionScripts.Bash),
            Of(globals, program, "zsh", $"source <({program} completion zsh)", CompletionScripts.Zsh),
            Of(globals, program, "fish", $"{program} completion fish | source", CompletionScripts.Fish),
        };

    private static MeshCommand Of(GlobalOptions globals, string program, string shell, string usage, string script)
    {
        var command = new MeshCommand(shell, $"For {shell}; use: {usage}");
        command.Does(globals, (session, _) =>
        {
            session.Parsed.InvocationConfiguration.Output.Write(script.Replace("PROGRAM", program)
                .Replace("FUNCTION", "_" + program.Replace('-', '_')));
            return Task.CompletedTask;
        });
        return command;
    }
}
