namespace Mesh.Cli.Completion;

/// <summary>
/// Names that mean nothing to a shell: bash expands what it is told to complete from, so whoever may name a service could run commands.
/// </summary>
internal static class PlainNames
{
    public static IEnumerable<string> In(IEnumerable<string> names) =>
        names.Where(name => name.Length > 0 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.'));
}
