using System.CommandLine;
using System.CommandLine.Invocation;

namespace Mesh.Cli.Running;

/// <summary>Parses and runs one command line.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string program, string[] args)
    {
        var parsed = Roots.Of(program).Parse(args);
        if (parsed.Action is ParseErrorAction refused)
        {
            // Standard output is for answers: what is wrong with the command line, and the help, go to standard error.
            refused.ShowHelp = parsed.CommandResult.Command.Subcommands.Count > 0;
            // The library takes options into account for a word that can only be a command: 'foo' is no '-o' misspelt.
            refused.ShowTypoCorrections = false;
            if (Typos.Meant(parsed) is { } meant) await Console.Error.WriteLineAsync(meant);
            parsed.Invoke(new InvocationConfiguration { Output = Console.Error });
            if (!refused.ShowHelp)
                await Console.Error.WriteLineAsync($"'{string.Join(' ', PathOf(parsed).Prepend(program))} --help' shows how it is used.");
            return (int)ExitCode.WrongUsage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    /// <summary>The commands of a command line, from the outermost to the one that is meant.</summary>
    public static List<string> PathOf(ParseResult parsed)
    {
        var names = new List<string>();
        for (Symbol? command = parsed.CommandResult.Command; command is not null
            and not RootCommand; command = command.Parents.FirstOrDefault())
            names.Insert(0, command.Name);
        return names;
    }
}
