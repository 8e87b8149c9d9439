namespace Mesh.Cli.Completion;

/// <summary>
/// Names without a character that is special to a shell. Bash expands the words that it offers as completions, so anyone who may name a
/// service could otherwise run commands.
/// </summary>
internal static class PlainNames
{
    public static IEnumerable<string> In(IEnumerable<string> names) =>
        names.Where(name => name.Length > 0 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.'));
}
