using System.Globalization;

namespace Mesh.Traffic.Rules;

/// <summary>
/// What our data plane and RE2, which Envoy and gRPC's clients have, read alike of a regular expression. A client that refuses one refuses all routes of the
/// service with it, and one that reads it otherwise sends requests elsewhere: either is refused here, where somebody sees it.
/// </summary>
internal static class RegexDialect
{
    private const int MostRepeated = 1000;

    private static readonly HashSet<string> Categories = new(
        "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp".Split(' '), StringComparer.Ordinal);

    /// <summary>What clients would not agree on; null where they do.</summary>
    /// <param name="pattern">One that .NET takes, so that brackets are paired and escapes whole.</param>
    public static string? Fault(string pattern)
    {
        // For each open group, how often what repeats most in it does; for the last part, the same.
        var groups = new Stack<int>([1]);
        var last = 1;
        for (var i = 0; i < pattern.Length;)
        {
            switch (pattern[i])
            {
                case '\\':
                    if (Escape(pattern, ref i, inClass: false) is { } escape) return escape;
                    last = 1;
                    break;
                case '[':
                    if (Class(pattern, ref i) is { } inClass) return inClass;
                    last = 1;
                    break;
                case '(':
                    if (Group(pattern, ref i, out var opens) is { } group) return group;
                    if (opens) groups.Push(1);
                    last = 1;
                    break;
                case ')':
                    last = groups.Pop();
                    i++;
                    break;
                case '{' when Count(pattern, ref i) is { } count:
                    last = Math.Max(last * count, 1);
                    if (last > MostRepeated) return $"it repeats something more than {MostRepeated} times.";
                    break;
                case '*' or '+' or '?':
                    i++;
                    break;
                default:
                    last = 1;
                    i++;
                    break;
            }

            groups.Push(Math.Max(groups.Pop(), last));
        }

        return null;
    }

    private static string? Escape(string pattern, ref int i, bool inClass)
    {
        var escaped = pattern[i + 1];
        var from = i;
        i += 2;
        if (escaped is 'p' or 'P')
        {
            var end = pattern.IndexOf('}', i);
            var name = pattern[(i + 1)..end];
            i = end + 1;
            return Categories.Contains(name) ? null : $"'{pattern[from..i]}' is no general category such as \\p{{L}} or \\p{{Nd}}.";
        }

        if (escaped == 'x') i += 2;
        return escaped < 0x80 && !char.IsAsciiLetterOrDigit(escaped) || "dDwWsStnrfvax".Contains(escaped) || !inClass && "bBAz".Contains(escaped)
            ? null
            : $"'{pattern[from..(from + 2)]}' is not known to all of them.";
    }

    private static string? Class(string pattern, ref int i)
    {
        i++;
        if (pattern[i] == '^') i++;
        // At the beginning it stands for itself.
        if (pattern[i] == ']') i++;
        while (pattern[i] != ']')
        {
            if (pattern[i] == '\\')
            {
                if (Escape(pattern, ref i, inClass: true) is { } fault) return fault;
                continue;
            }

            if (pattern[i] == '[' && pattern[i + 1] == ':') return "'[:' begins a POSIX class to some and is two characters to others; write \\[ for a bracket, and \\d, \\w or ranges for classes.";
            if (pattern[i] == '-' && pattern[i + 1] == '[') return "'-[' subtracts a class for some only; write \\[ for a bracket.";
            i++;
        }

        i++;
        return null;
    }

    private static string? Group(string pattern, ref int i, out bool opens)
    {
        opens = true;
        i++;
        if (pattern[i] != '?') return null;
        var end = i + 1;
        while (pattern[end] is 'i' or 'm' or 's' or '-') end++;
        var flags = pattern[(i + 1)..end];
        opens = pattern[end] == ':';
        i = end + 1;
        return opens && flags.Length == 0 || pattern[end] is ':' or ')' && flags.Length > 0 && flags[^1] != '-' && flags.IndexOf('-') == flags.LastIndexOf('-')
            ? null
            : "of groups, only (…), (?:…) and the flags i, m and s are the same to all.";
    }

    // {2}, {2,} or {2,5}; any other brace stands for itself, for all of them.
    private static int? Count(string pattern, ref int i)
    {
        var end = pattern.IndexOf('}', i);
        if (end < 0) return null;
        var numbers = pattern[(i + 1)..end].Split(',');
        if (numbers.Length > 2 || !IsNumber(numbers[0]) || numbers is [_, not ""] && !IsNumber(numbers[1])) return null;
        i = end + 1;
        return numbers.Where(number => number.Length > 0).Max(number => number.Length > 6 ? MostRepeated + 1 : int.Parse(number, CultureInfo.InvariantCulture));
    }

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);
}
