using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Mesh.Cli.Running;

/// <summary>Parses numbers, with a fault that people understand. Whether a number is in bounds is for the mesh to say.</summary>
internal static class Numbers
{
    /// <summary>
    /// Has all options of a command and of those below it parsed here that take numbers: the framework's own words name .NET types.
    /// </summary>
    public static void UseIn(Command command)
    {
        foreach (var option in command.Options)
        {
            if (option is Option<int?> { CustomParser: null } whole) whole.CustomParser = Int;
            else if (option is Option<int[]> { CustomParser: null } several) several.CustomParser = Ints;
            else if (option is Option<double?> { CustomParser: null } number) number.CustomParser = Double;
        }

        foreach (var below in command.Subcommands) UseIn(below);
    }

    public static int? Int(ArgumentResult argument) =>
        Long(argument) is { } number && number is >= int.MinValue and <= int.MaxValue ? (int)number : Refuse(argument);

    public static long? Long(ArgumentResult argument)
    {
        if (long.TryParse(argument.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return number;
        Refuse(argument);
        return null;
    }

    /// <summary>Several, divided by blanks or commas.</summary>
    private static int[] Ints(ArgumentResult argument)
    {
        var numbers = new List<int>();
        foreach (var text in argument.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) numbers.Add(number);
            else Refuse(argument, "whole numbers", text);
        }

        return [.. numbers];
    }

    private static double? Double(ArgumentResult argument)
    {
        if (double.TryParse(argument.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)) return number;
        Refuse(argument, "a number", argument.Tokens[0].Value);
        return null;
    }

    private static int? Refuse(ArgumentResult argument)
    {
        Refuse(argument, "a whole number", argument.Tokens[0].Value);
        return null;
    }

    private static void Refuse(ArgumentResult argument, string what, string text)
    {
        if (argument.Parent is not OptionResult option || !option.Errors.Any())
            argument.AddError($"{(argument.Parent as OptionResult)?.Option.Name ?? argument.Argument.Name} takes {what}, not '{text}'.");
    }
}
