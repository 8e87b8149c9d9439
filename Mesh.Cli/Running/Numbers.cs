using System.CommandLine.Parsing;
using System.Globalization;

namespace Mesh.Cli.Running;

/// <summary>Parses whole numbers, with a fault that people understand. Whether a number is in bounds is for the mesh to say.</summary>
internal static class Numbers
{
    public static int? Int(ArgumentResult argument) => Long(argument) is { } number && number is >= int.MinValue and <= int.MaxValue ? (int)number : Refuse(argument);

    public static long? Long(ArgumentResult argument)
    {
        if (long.TryParse(argument.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return number;
        Refuse(argument);
        return null;
    }

    private static int? Refuse(ArgumentResult argument)
    {
        if (argument.Parent is not OptionResult option || !option.Errors.Any())
            argument.AddError($"{(argument.Parent as OptionResult)?.Option.Name ?? argument.Argument.Name} takes a whole number, not '{argument.Tokens[0].Value}'.");
        return null;
    }
}
