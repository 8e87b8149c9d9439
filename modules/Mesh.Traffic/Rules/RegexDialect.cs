using System.Globalization;

namespace Mesh.Traffic.Rules;

/// <summary>
/// What our data plane and RE2, which Envoy and gRPC's clients have, read alike of a regular expression. A client that refuses one refuses
/// all routes of the service with it, and one that reads it otherwise sends requests elsewhere: either is refused here, where somebody sees
/// it.
/// </summary>
internal static class RegexDialect
{
    private const int MostRepeated = 1000;

    // RE2 writes repetitions out, in instructions for bytes of UTF-8, and gives up at some 80,000 of them: a category is hundreds, what
    // takes nearly everything a dozen.
    private const int MostWrittenOut = 40_000, Category = 800, Broad = 16;

    private static readonly HashSet<string> Categories = new(
        "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp".Split(' '), StringComparer.Ordinal);

    /// <summary>What clients would not agree on; null where they do.</summary>
    /// <param name="pattern">One that .NET takes, so that brackets are paired and escapes whole.</param>
    public static string? Fault(string pattern)
    {
        // Of each open group how often what repeats most in it does, and how large it is written out; of the last part the same.
        var groups = new Stack<Part>([new(1, 0)]);
        var last = new Part(1, 0);
        for (var i = 0; i < pattern.Length;)
        {
            var from = i;
            switch (pattern[i])
            {
                case '\\':
                    if (Escape(pattern, ref i, inClass: false) is { } escape) return escape;
                    last = Single(pattern.AsSpan(from, i - from));
                    break;
                case '[':
                    if (Class(pattern, ref i) is { } inClass) return inClass;
                    last = Single(pattern.AsSpan(from, i - from));
                    break;
                case '(':
                    if (Group(pattern, ref i, out var opens) is { } group) return group;
                    if (opens) groups.Push(new(1, 0));
                    last = new(1, 0);
                    continue;
                case ')':
                    last = groups.Pop();
                    i++;
                    break;
                case '{' when Count(pattern, ref i) is { } count:
                    if (count < 0) return "the numbers of a repetition have no leading zeros.";
                    var once = last.Size;
                    last = new(Math.Max(last.Repeated * count, 1), once * Math.Max(count, 1));
                    if (last.Repeated > MostRepeated) return $"it repeats something more than {MostRepeated} times.";
                    Add(-once);
                    break;
                case '*' or '+' or '?':
                    i++;
                    continue;
                default:
                    last = Single(pattern.AsSpan(i++, 1));
                    break;
            }

            Add(last.Size);
            if (groups.Peek().Size > MostWrittenOut) return "its repetitions are too large, written out: repeat less, or simpler classes.";
        }

        return null;

        void Add(long size)
        {
            var group = groups.Pop();
            groups.Push(new(Math.Max(group.Repeated, last.Repeated), group.Size + size));
        }
    }

    private static Part Single(ReadOnlySpan<char> atom) =>
        new(1, atom.IndexOf(@"\p", StringComparison.OrdinalIgnoreCase) >= 0
            ? Category
            : atom is "." || atom.StartsWith("[^") || atom.ContainsAnyExceptInRange('\0', '\x7f') ? Broad : 1);

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
            return Categories.Contains(name) ? null : $"'{pattern[from..i]}' is not a general category such as \\p{{L}} or \\p{{Nd}}.";
        }

        if (escaped == 'x') i += 2;
        return escaped < 0x80 && !char.IsAsciiLetterOrDigit(escaped) || "dDwWsStnrfvax".Contains(escaped)
            || !inClass && "bBAz".Contains(escaped)
            ? null
            : $"'{pattern[from..(from + 2)]}' is not supported by all of them.";
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

            if (pattern[i] == '[' && pattern[i + 1] == ':')
                return "'[:' begins a POSIX class to some and is two characters to others; write \\[ for a bracket, and \\d, \\w or "
                    + "ranges for classes.";
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
        return opens && flags.Length == 0
            || pattern[end] is ':' or ')' && flags.Length > 0 && flags[^1] != '-' && flags.IndexOf('-') == flags.LastIndexOf('-')
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
        if (numbers.Any(number => number.Length > 1 && number[0] == '0')) return -1;
        return numbers.Where(number => number.Length > 0)
            .Max(number => number.Length > 6 ? MostRepeated + 1 : int.Parse(number, CultureInfo.InvariantCulture));
    }

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    private readonly record struct Part(int Repeated, long Size);
}
