using System.CommandLine;

namespace Mesh.Cli.Running;

/// <summary>What somebody may have meant who has typed what there is not.</summary>
internal static class Typos
{
    /// <summary>
    /// A suggestion for the first word that means nothing: commands for a word, options for one that begins with a dash; null where nothing
    /// is near.
    /// </summary>
    public static string? Meant(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens is not [var word, ..]) return null;
        var command = parsed.CommandResult.Command;
        var known = word.StartsWith('-')
            ? command.Options.Concat(command.Parents.OfType<Command>()
                .SelectMany(parent => parent.Options.Where(option => option.Recursive))).Where(option => !option.Hidden)
                .Select(option => option.Name)
            : command.Subcommands.Where(one => !one.Hidden).Select(one => one.Name);
        List<string> near = [.. Near(word.Split('=')[0], known)];
        return near.Count == 0
            ? null
            : $"'{word}' is not known here. Did you mean {string.Join(" or ", near.Select(name => $"'{name}'"))}?";
    }

    /// <summary>The names nearest to a word, in which no more than each third letter differs.</summary>
    public static IEnumerable<string> Near(string word, IEnumerable<string> names)
    {
        var measured = names.Distinct().Select(name => (Name: name, Distance: Distance(word, name)))
            .Where(one => one.Distance <= Math.Max(word.Length, one.Name.Length) / 3).ToList();
        return measured.Count == 0
            ? []
            : measured.Where(one => one.Distance == measured.Min(other => other.Distance)).Select(one => one.Name)
                .Order(StringComparer.Ordinal);
    }

    // Letters to put in, to leave out, or to exchange.
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var (above, before) = (row[0], row[0] = i);
            for (var j = 1; j <= other.Length; j++)
            {
                var here = Math.Min(Math.Min(row[j], before) + 1, above + (one[i - 1] == other[j - 1] ? 0 : 1));
                (above, before, row[j]) = (row[j], here, here);
            }
        }

        return row[^1];
    }
}
