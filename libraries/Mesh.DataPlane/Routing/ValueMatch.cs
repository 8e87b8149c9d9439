using System.Text.RegularExpressions;

namespace Mesh.DataPlane.Routing;

/// <summary>How a value is compared.</summary>
public enum ValueMatchKind
{
    /// <summary>The whole value.</summary>
    Exact,

    /// <summary>Its beginning.</summary>
    Prefix,

    /// <summary>Its end.</summary>
    Suffix,

    /// <summary>Any part of it.</summary>
    Contains,

    /// <summary>The whole value against a regular expression.</summary>
    Regex,
}

/// <summary>A test of one value: <c>envoy.type.matcher.v3.StringMatcher</c>.</summary>
/// <param name="Kind">How it is compared.</param>
/// <param name="Text">With what.</param>
/// <param name="IgnoreCase">Whether case does not count (regular expressions have their own way to say so).</param>
public sealed record ValueMatch(ValueMatchKind Kind, string Text, bool IgnoreCase)
{
    private readonly Regex? _regex = Kind == ValueMatchKind.Regex ? WholeValue(Text) : null;

    /// <summary>Whether the value passes.</summary>
    public bool Matches(ReadOnlySpan<char> value)
    {
        var comparison = IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return Kind switch
        {
            ValueMatchKind.Exact => value.Equals(Text, comparison),
            ValueMatchKind.Prefix => value.StartsWith(Text, comparison),
            ValueMatchKind.Suffix => value.EndsWith(Text, comparison),
            ValueMatchKind.Contains => value.Contains(Text, comparison),
            _ => _regex!.IsMatch(value),
        };
    }

    /// <summary>A regular expression in linear time, as RE2 promises it, that the whole value must match.</summary>
    /// <exception cref="ArgumentException">It is invalid, or needs more than linear time (backreferences, look-around).</exception>
    internal static Regex WholeValue(string pattern)
    {
        // By itself first: 'a)|(?:b' is invalid, but would be valid in the group around it.
        _ = new Regex(pattern, RegexOptions.CultureInvariant);
        return Linear($"^(?:{pattern})\\z");
    }

    /// <summary>A regular expression in linear time that may match any part.</summary>
    /// <exception cref="ArgumentException">It is invalid, or needs more than linear time.</exception>
    internal static Regex Linear(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException e)
        {
            throw new ArgumentException(e.Message, nameof(pattern), e);
        }
    }
}
