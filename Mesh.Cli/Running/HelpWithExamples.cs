using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Mesh.Cli.Running;

/// <summary>Help, and below it the examples of commands that have some.</summary>
internal sealed class HelpWithExamples(SynchronousCommandLineAction help, string program) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public static void UseIn(RootCommand root, string program)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        if (option.Action is SynchronousCommandLineAction help)
            option.Action = new HelpWithExamples(help, program);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is MeshCommand { Examples.Count: > 0 } command)
        {
            var path = CommandLine.PathOf(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in command.Examples)
                output.WriteLine($"  {program} {Below(path, example)}");
            output.WriteLine();
        }

        return code;
    }

    // An example is written as cdaprod-mesh takes it: another name may have its first command further down, or be that command itself.
    private static string Below(List<string> path, string example)
    {
        var words = example.Split(' ', 2);
        var above = path.IndexOf(words[0]);
        return above < 0 ? words[^1] : string.Join(' ', path.Take(above).Append(example));
    }
}
