using System.Text;
using System.Text.RegularExpressions;
using Mesh.Kernel.Values;

namespace Mesh.Traffic.Rules;

/// <summary>
/// A path with placeholders: <c>{name}</c> stands for one segment, which is not empty, and <c>**</c> as the last segment for any rest, none
/// included. xDS has no such matcher for every client, so it becomes a regular expression.
/// </summary>
internal sealed partial class TemplatePath
{
    private readonly string[] _segments;

    private TemplatePath(string[] segments) => _segments = segments;

    /// <summary>The placeholders, in order.</summary>
    public IEnumerable<string> Names => _segments.Select(NameOf).OfType<string>();

    /// <summary>Reads a template; null, with a fault, if it is none.</summary>
    public static TemplatePath? Read(string text, string field, Faults faults)
    {
        var segments = text[1..].Split('/');
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < segments.Length; i++)
        {
            var segment = segments[i];
            if (segment == "**" && i < segments.Length - 1)
                return Wrong("'**' stands for any rest, so only at the end");
            if (segment != "**" && NameOf(segment) is null && segment.AsSpan().ContainsAny('{', '}', '*'))
                return Wrong($"'{Checks.Shortened(segment)}' is neither plain text nor a whole placeholder such as {{id}}");
            if (NameOf(segment) is { } name && !names.Add(name))
                return Wrong($"placeholder '{name}' is there twice");
        }

        return new TemplatePath(segments);

        TemplatePath? Wrong(string what)
        {
            faults.Add(field, "not-a-template", $"In '{Checks.Shortened(text)}', {what}.");
            return null;
        }
    }

    /// <summary>The template, known to be one.</summary>
    public static TemplatePath Of(string text) => new(text[1..].Split('/'));

    /// <summary>A regular expression for the whole path; with groups for the placeholders where they are used.</summary>
    public string ToRegex(bool groups = false)
    {
        var regex = new StringBuilder();
        foreach (var segment in _segments)
        {
            if (segment == "**") regex.Append("(?:/.*)?");
            else if (NameOf(segment) is null) regex.Append('/').Append(Escape(segment));
            else regex.Append(groups ? "/([^/]+)" : "/[^/]+");
        }

        return regex.ToString();
    }

    /// <summary>
    /// A path that names placeholders, with <c>\1</c> in place of the first and so on; null, with a fault, where it names another.
    /// </summary>
    public string? Substitute(string path, string field, Faults faults)
    {
        var names = Names.ToList();
        string? unknown = null;
        var made = Placeholder().Replace(path.Replace("\\", "\\\\", StringComparison.Ordinal), match =>
        {
            var index = names.IndexOf(match.Groups["name"].Value);
            if (index < 0) unknown ??= match.Groups["name"].Value;
            return $"\\{index + 1}";
        });
        if (unknown is null) return made;
        faults.Add(field, "unknown-placeholder", $"There is no placeholder '{unknown}' in every template of the match.");
        return null;
    }

    /// <summary>Text as a regular expression that matches only itself, for .NET and RE2 alike.</summary>
    public static string Escape(string text) => Special().Replace(text, "\\$0");

    private static string? NameOf(string segment) =>
        WholePlaceholder().Match(segment) is { Success: true } match ? match.Groups["name"].Value : null;

    [GeneratedRegex(@"^\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\}\z")]
    private static partial Regex WholePlaceholder();

    [GeneratedRegex(@"\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"[\\.+*?()|\[\]{}^$]")]
    private static partial Regex Special();
}
