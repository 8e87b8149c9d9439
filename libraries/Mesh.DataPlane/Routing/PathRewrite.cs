using System.Text.RegularExpressions;

namespace Mesh.DataPlane.Routing;

/// <summary>Replaces what a regular expression finds in the path: <c>envoy.type.matcher.v3.RegexMatchAndSubstitute</c>.</summary>
public sealed record PathRewrite
{
    private readonly Regex _regex;
    private readonly string _substitution;

    /// <summary>A rewrite.</summary>
    /// <param name="pattern">What is looked for; it need not be the whole path.</param>
    /// <param name="substitution">What stands there afterwards; <c>\1</c> is what the first group has found, <c>\\</c> a backslash.</param>
    /// <exception cref="ArgumentException">The pattern is invalid, or needs more than linear time.</exception>
    public PathRewrite(string pattern, string substitution)
    {
        (Pattern, Substitution) = (pattern, substitution);
        _regex = ValueMatch.Linear(pattern);
        _substitution = Regex.Replace(substitution.Replace("$", "$$", StringComparison.Ordinal), @"\\(\d|\\)",
            m => m.Groups[1].Value is "\\" ? "\\" : $"${{{m.Groups[1].Value}}}");
    }

    /// <summary>What is looked for.</summary>
    public string Pattern { get; }

    /// <summary>What stands there afterwards.</summary>
    public string Substitution { get; }

    /// <summary>The path that is sent in the place of another.</summary>
    public string Of(string path)
    {
        var rewritten = _regex.Replace(path, _substitution);
        return rewritten.StartsWith('/') ? rewritten : $"/{rewritten}";
    }
}
